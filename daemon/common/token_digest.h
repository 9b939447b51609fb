// What is kept of a token: SHA-256(salt | token), never the token.
#pragma once

#include "proto/base/bytes.h"
#include "proto/ipc/setup.h"

namespace common
{

/// SHA-256 of `first` followed by `second`.
ipc::Digest digest(base::Bytes first, base::Bytes second) noexcept;

/// Takes the same time wherever the two differ.
bool equal_in_constant_time(const ipc::Digest& left, const ipc::Digest& right) noexcept;

} // namespace common
