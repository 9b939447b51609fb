// Sealed memory with given contents.
#pragma once

#include <utility>

#include "privsep/sealed_memory.h"

namespace support
{

inline privsep::UniqueFd sealed(base::Bytes content)
{
    privsep::SealedMemory memory{"test"};
    memory.append(content);
    return std::move(memory).seal();
}

} // namespace support
