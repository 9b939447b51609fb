// The secret of a request: in a parameter, or in the field Authorization (RFC 9110 section 11.6.2).
#pragma once

#include <variant>

#include "proto/base/secret.h"
#include "proto/http/query.h"
#include "proto/http/request.h"

namespace http
{

/// The request has no secret, or only empty ones.
struct NoSecret {
};
/// Its first secret can open no host: it is longer than base::Token::max_bytes, or `Basic` is not followed by
/// the Base64 of a text with a colon (RFC 7617 section 2). The reply is that to a wrong secret.
struct ImpossibleSecret {
};

/// One secret a request: if it is wrong, no other one is tried.
using Secret = std::variant<NoSecret, ImpossibleSecret, base::Token>;

/// The first one that is not empty of: the parameter `token`, the parameter `password`, and Authorization
/// with the scheme Basic, Bearer or Token in any case. Parameters come first, because a client may always
/// send Basic, although its URL has the token. The user name of Basic is ignored: the secret is what follows
/// the first colon.
Secret secret_of(const Request& request, const Parameters& parameters);

/// The same of Authorization alone, and only with the scheme Basic.
Secret basic_secret_of(const Request& request);

/// The secret that is this text.
Secret secret_from(std::string_view text);

} // namespace http
