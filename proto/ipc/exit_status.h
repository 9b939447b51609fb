// The exit statuses of `nanodnsd -n` and of the processes that it starts.
#pragma once

namespace ipc
{

/// The config, or a file that it names, has errors. From the LSB: "not configured". That of the daemon, too.
inline constexpr int exit_config_errors = 6;
/// The config has [https], and neither it nor the files have errors.
inline constexpr int exit_has_https = 7;

} // namespace ipc
