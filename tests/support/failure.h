// What a process ends itself with.
#pragma once

#include <functional>
#include <string>

#include "privsep/copy.h"

namespace support
{

/// The sentence of privsep::fail() with which `work` ends its process, here a copy; empty where it does not.
inline std::string failure_of(const std::function<void()>& work)
{
    return privsep::done_in_copy([&](int /*file*/) { work(); }).failure;
}

} // namespace support
