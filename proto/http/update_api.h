// How clients ask for an update: the one place that turns a request into a proposal, and the one place
// that turns an outcome into a reply. A dialect is a row of the table in update_api.cpp.
//
// `/api/update`, also behind any prefix that a proxy left (`/dns/api/update`), GET or POST:
//   hostname  the host's whole name, in any case, with or without the dot at its end
//   token     the host's secret
//   ipv4      its address; missing or empty removes the A record
//   ipv6      the same for the AAAA record
// Other parameters are ignored. They are taken from the query and, of a POST, from the body too, which
// wins. A body counts as a form unless its Content-Type says that it is something else; what is
// something else is ignored, as the predecessor ignored every body, and refused only where it is all
// that there is.
#pragma once

#include <cstdint>
#include <variant>

#include "proto/http/reply.h"
#include "proto/http/request.h"
#include "proto/ipc/update.h"

namespace http
{

enum class Dialect : std::uint8_t { api_update = 1 };

/// A request that the keeper has to decide.
struct Update {
    Dialect dialect = Dialect::api_update;
    ipc::Propose proposal; ///< the token is not empty; `id` and `client` are the caller's to fill in
};

/// The proposal that a request makes, or what is wrong with it.
std::variant<Update, Reply> read_update(const Request& request);

/// What a client that asked in this dialect is told.
Reply reply_to(Dialect dialect, ipc::Verdict verdict);

} // namespace http
