// The exit statuses of nanodnsd --init, as nanodnsd(8) lists them.
#pragma once

namespace init
{

inline constexpr int exit_success = 0;
inline constexpr int exit_failure = 1;
inline constexpr int exit_bad_option = 2;

} // namespace init
