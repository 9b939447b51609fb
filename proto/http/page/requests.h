// What the requests for the page ask for, and what the keeper's answers make of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "proto/http/client.h"
#include "proto/http/dialect.h"
#include "proto/http/page/page.h"
#include "proto/http/request.h"
#include "proto/ipc/update.h"

namespace http::page
{

/// Where a request came in.
struct Entrance {
    bool is_tls = false;
    /// Nobody can read what is sent: TLS, loopback, a Unix socket, or a trusted proxy, which has TLS.
    bool is_private = false;
    std::uint16_t https_port = 0; ///< 0: there is no HTTPS
};

/// A page to be sent as it is.
struct Show {
    Status status = Status::ok;
};

/// `Update`: the keeper must be asked. `Refused`: there is no page for it.
using Read = std::variant<Show, Update, Answer, Refused>;

inline constexpr std::string_view path = "/";

/// Reads a GET, HEAD or POST at `path`. Only the body of a POST counts. `page`: a new one, to which it adds
/// what is known of the request.
Read read(const Request& request, const Client& client, const Entrance& entrance, Page& page);

/// True if the update was done, so that the keeper should be asked for the records next.
[[nodiscard]] bool is_done(const ipc::Settled& settled) noexcept;
/// Adds the outcome of an update, or of a look at a host that the secret does not open. Returns the status.
Status add(const Update& update, const ipc::Settled& settled, Page& page);
/// Adds what the keeper has of the host.
/// `router`: of the Update.
void add(const ipc::Seen& seen, std::uint8_t router, Page& page);

/// How long, in two units at most: "34 d 5 h".
std::string text_of(base::Seconds time);

/// The host and the port of the field Host, from parsed values; empty if they are missing or invalid.
struct Authority {
    std::string host; ///< an IPv6 address with its brackets
    std::string port; ///< with a colon before it; may be empty
};
Authority authority_of(std::string_view host);

} // namespace http::page
