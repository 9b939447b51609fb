// Memory that is written once and then read by others alone: a memfd with seals.
#pragma once

#include "privsep/unique_fd.h"
#include "proto/base/bytes.h"

namespace privsep
{

/// Takes the content piece by piece, so that nobody need have it as a whole. Ends the process where
/// there is no room for it.
class SealedMemory
{
public:
    explicit SealedMemory(const char* name);

    void append(base::Bytes piece);
    /// For who writes it himself.
    int get() const noexcept { return memory_.get(); }
    /// Read-only from now on.
    UniqueFd seal() &&;

private:
    UniqueFd memory_;
};

/// Whether nobody can change what is in it any more, whoever has made it.
bool is_sealed(const UniqueFd& memory) noexcept;

} // namespace privsep
