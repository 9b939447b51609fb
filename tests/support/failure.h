// The message with which a process exits.
#pragma once

#include <functional>
#include <string>

#include "privsep/copy.h"

namespace support
{

/// The message of privsep::fail() if `work` calls it, in a forked copy of this process; empty if it does not.
inline std::string failure_of(const std::function<void()>& work)
{
    return privsep::done_in_copy([&](int /*file*/) { work(); }).failure;
}

} // namespace support
