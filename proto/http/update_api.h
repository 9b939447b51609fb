// The update API: converts a request to a proposal for the keeper, and the keeper's verdict to a reply. Each
// dialect is a row of the table in update_api.cpp.
//
// `/api/update`, also after any prefix that a proxy did not remove (`/dns/api/update`), GET or POST:
//   hostname  the full name of the host, in any case, with or without a trailing dot
//   token     the host's secret
//   ipv4      its address; missing or empty removes the A record
//   ipv6      the same for the AAAA record
// Other parameters are ignored, but a request without `ipv4` and `ipv6` that has an address under another
// name is refused: it would remove the records that it is to set. Parameters are read from the query and, for
// a POST, from the body; the body's values take precedence. A body is a form unless its Content-Type says
// otherwise. Any other body is ignored, as the predecessor ignored every body, but it is refused if there is
// no query. Any other method gets 405 there.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "proto/http/reply.h"
#include "proto/http/request.h"
#include "proto/ipc/update.h"

namespace http
{

enum class Dialect : std::uint8_t { api_update = 1 };

/// A request that the keeper must decide on.
struct Update {
    Dialect dialect = Dialect::api_update;
    ipc::Propose proposal; ///< the token is not empty; the caller sets `id` and `client`
};

/// A request that is answered without the keeper.
struct Refused {
    Reply reply;      ///< says what is wrong
    std::string host; ///< the parameter `hostname` as the client sent it; empty: none
};

std::variant<Update, Refused> read_update(const Request& request);

/// The reply to a request that `reader` has refused. `arrived`: as in its last call of read().
Reply reply_to(const Refusal& refusal, const RequestReader& reader, std::string_view arrived);

/// The reply to a client that used this dialect.
Reply reply_to(Dialect dialect, ipc::Verdict verdict);

} // namespace http
