// Reads the config file, and reports its errors and warnings.
#pragma once

#include <string>
#include <vector>

#include "privsep/unique_fd.h"
#include "proto/config/config.h"

namespace reader
{

/// Reads and parses the config. `path` is its name, for messages. Ends the process if it cannot be read.
config::Parsed read_config(const privsep::UniqueFd& file, const std::string& path);

/// Reports the errors at a start: all of them, but only one line in the journal, since each restart repeats
/// it.
void refuse_start(const std::vector<config::Error>& errors, const std::string& path, bool journal);

/// Logs why a reload is refused: one line with the first error.
void refuse_reload(const std::vector<config::Error>& errors, const std::string& path);

/// Logs the warnings at a start or reload: the first 20, and the number of the others.
void log_warnings(const std::vector<config::Error>& warnings, const std::string& path);

/// nanodnsd -n: prints all errors and warnings, and a summary of what the config would serve. Returns the
/// exit status. `name`: of the config, for messages. `journal`: prints nothing but one log line if there are
/// errors; the daemon that reloads logs the rest.
int check(const std::string& path, const std::string& name, bool journal);

} // namespace reader
