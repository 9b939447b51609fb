// Copies of the files that the config names, for the children that need them.
#pragma once

#include <array>
#include <string>

#include "privsep/privileges.h"
#include "privsep/unique_fd.h"
#include "proto/ipc/config.h"

namespace supervisor
{

/// All children of a config, also those that are restarted, get the same bytes, whatever happens to the
/// files. The copies are sealed. The kernel makes them, so a private key is never in this process.
using FileCopies = std::array<privsep::UniqueFd, ipc::configured_files>; // by ipc::ConfiguredFile

/// Opens a file for reading as `own`. None, and the reason in `why`, on an error.
using OpenFile = privsep::UniqueFd (*)(const std::string& path, const privsep::Identity& own,
                                       std::string& why);

/// Copies the files that `config` names. Returns why it could not; empty if it could. Logs a warning if every
/// user may read the private key. `name`: of the config, for messages.
std::string copy_files(FileCopies& copies, const ipc::ConfigSummary& config, const std::string& name,
                       OpenFile open, const privsep::Identity& own);

} // namespace supervisor
