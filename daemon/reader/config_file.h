// The config in the hands of its reader, and what people are told of its errors.
#pragma once

#include <string>
#include <vector>

#include "privsep/unique_fd.h"
#include "proto/config/config.h"

namespace reader
{

/// Reads and checks it. `path` is its name. Ends the process where it cannot be read.
config::Parsed read_config(const privsep::UniqueFd& file, const std::string& path);

/// What a start logs: every error; in the journal one line, since each start that follows says it again.
void refuse_start(const std::vector<config::Error>& errors, const std::string& path, bool journal);

/// What a refused reload logs: one line with the first of its errors.
void refuse_reload(const std::vector<config::Error>& errors, const std::string& path);

/// What each start and reload tells of the config's warnings: 20 of them, and how many there are more.
void log_warnings(const std::vector<config::Error>& warnings, const std::string& path);

/// nanodnsd -n: prints all errors and warnings and what the config would serve; how the process is to end.
/// `journal`: nothing but one line of the log where there are errors, since what reloads says the rest.
int check(const std::string& path, bool journal);

} // namespace reader
