// Values for the messages of the tests.
#pragma once

#include <cstdint>

#include "proto/base/address.h"
#include "proto/dns/name.h"
#include "proto/ipc/setup.h"

namespace ipc
{

inline dns::Name name(const char* text)
{
    return *dns::Name::from_text(text);
}

inline Digest digest_of(std::uint8_t byte)
{
    Digest digest;
    digest.fill(byte);
    return digest;
}

inline const base::Address4 address4{{192, 0, 2, 7}};
inline const base::Address6 address6{{0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}};

} // namespace ipc
