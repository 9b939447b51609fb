// Whether an executable allows a system call: the rows of its lists stand in it as they are in memory.
#pragma once

#include <string_view>

#include "privsep/sandbox.h"

namespace support
{

/// `row`: of static storage, where no byte of it is undefined.
inline bool has_row(std::string_view executable, const privsep::Syscall& row)
{
    const std::string_view bytes{reinterpret_cast<const char*>(&row), sizeof row};
    for (std::size_t at = executable.find(bytes); at != std::string_view::npos;
         at = executable.find(bytes, at + 1)) {
        if (at % alignof(privsep::Syscall) == 0) {
            return true;
        }
    }
    return false;
}

} // namespace support
