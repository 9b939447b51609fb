// A memfd that is written once and then sealed, so that other processes can only read it.
#pragma once

#include "privsep/unique_fd.h"
#include "proto/base/bytes.h"

namespace privsep
{

/// The content is appended in pieces, so that it is never in memory twice. Exits with an error if there is
/// not enough memory.
class SealedMemory
{
public:
    explicit SealedMemory(const char* name);

    void append(base::Bytes piece);
    /// The descriptor, for writing without append().
    int get() const noexcept { return memory_.get(); }
    /// Makes the memory read-only.
    UniqueFd seal() &&;

private:
    UniqueFd memory_;
};

/// Whether no process can change the memory any more, not even its creator.
bool is_sealed(const UniqueFd& memory) noexcept;

} // namespace privsep
