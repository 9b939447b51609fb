// Tells if an executable's filter allows a system call: the table's rows are in the file as they are in
// memory.
#pragma once

#include <string_view>

#include "privsep/sandbox.h"

namespace support
{

/// `row` must have static storage, so that its padding is defined.
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
