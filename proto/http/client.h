// For whom a request is: the peer, or the client that a trusted proxy names.
#pragma once

#include "proto/base/address.h"

namespace http
{

struct Client {
    base::Address address;
    bool is_known = true; ///< false: `address` is a proxy that did not say for whom it asks
};

} // namespace http
