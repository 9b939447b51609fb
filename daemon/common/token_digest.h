// Digests of tokens: a process that keeps running has a salted digest of a token (proto/base/token_hash.h),
// never the token.
#pragma once

#include "proto/base/bytes.h"
#include "proto/base/secret.h"
#include "proto/base/token_hash.h"
#include "proto/ipc/setup.h"

namespace common
{

/// SHA-256 of `first` followed by `second`.
ipc::Digest digest(base::Bytes first, base::Bytes second) noexcept;

base::TokenHash hash_token(const base::Token& token, const ipc::Salt& salt) noexcept;
base::TokenHash hash_token(base::Bytes token, const ipc::Salt& salt) noexcept;

/// Takes the same time whether and wherever the two differ.
bool equal_in_constant_time(const ipc::Digest& left, const ipc::Digest& right) noexcept;

} // namespace common
