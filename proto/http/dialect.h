// Dialects: what update clients send, and what they expect as a reply. Each is a file in dialects/ and a row
// of the table in dialects.cpp, which are tried in order. A dialect converts a request to a proposal for the
// keeper, and the keeper's outcomes to a reply.
//
// A path counts by its end, because a proxy may put any prefix before it (`/dns/api/update`). Parameters are
// read from the query and, for a POST, from the body; the body's values take precedence. A body is a form
// unless its Content-Type says otherwise.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proto/http/client.h"
#include "proto/http/query.h"
#include "proto/http/reply.h"
#include "proto/http/request.h"
#include "proto/ipc/dialect.h"
#include "proto/ipc/update.h"

namespace http
{

struct Dialect;

/// What the reply repeats of the request.
struct Echo {
    /// Of a reply with a line for each name. A host that was named twice has two.
    struct Line {
        std::uint8_t host = no_host; ///< index in the proposal
        std::string sentence;        ///< of a name that is invalid
    };
    static constexpr std::uint8_t no_host = 0xFF;

    std::vector<Line> lines;
    std::string fqdn;  ///< as it was sent
    std::string value; ///< of a challenge, as it was sent
    bool is_verbose = false;
};

/// A request that the keeper must decide on.
struct Update {
    const Dialect* dialect = nullptr;
    ipc::Propose proposal; ///< the secret is not empty; the caller sets `id`
    Echo echo;
    bool only_looks = false; ///< the proposal stands for an ipc::Look; only for the page
    std::uint8_t router = 0; ///< the kind that the page explains; see page::Part
};

/// A request that is answered without the keeper.
struct Refused {
    Reply reply;       ///< says what is wrong
    std::string host;  ///< for the log: the hosts as the client sent them; empty: none
    std::string why{}; ///< for the log, if the reply does not say it or shows a value; else empty
    const Dialect* dialect = nullptr; ///< nullptr: of none
};

/// The reply to a request that changes nothing.
struct Answer {
    Reply reply;
};

using ReadResult = std::variant<Update, Refused, Answer>;

/// Why a request is refused, for the words of a dialect.
enum class Fault : std::uint8_t {
    no_secret = 1,
    wrong_secret = 2, ///< or the host is unknown or static, not allowed from there, or has no challenge
    outside_zone = 3,
    no_host = 4, ///< or its name is invalid
    too_many_hosts = 5,
    bad_address = 6, ///< or a bad prefix, or one that the host cannot have
    bad_value = 7,   ///< of a challenge
    malformed = 8,   ///< any other
    unavailable = 9,
};

// Bits of Dialect::methods.
inline constexpr std::uint8_t allows_get = 1;
inline constexpr std::uint8_t allows_post = 2;
inline constexpr std::uint8_t allows_both = allows_get | allows_post;

struct Dialect {
    std::array<std::string_view, 2> path_ends; ///< the second may be empty
    std::uint8_t methods = 0;
    bool reads_forms = false;   ///< a body or a query that is not a form is refused
    bool makes_changes = false; ///< so other web sites must not make a browser send it
    /// Whether a request with this path and method is one of this dialect; null: always.
    bool (*is_it)(const Request&, const Parameters&) = nullptr;
    ReadResult (*read)(const Request&, const Parameters&, const Client&) = nullptr;
    /// Has one outcome for each host of the proposal, or one for its account; null if there is no Update.
    Reply (*reply_to)(const Update&, const ipc::Settled&) = nullptr;
    /// `sentence`: what was found and what to send; may be empty.
    Reply (*refusal)(Fault, std::string_view sentence) = nullptr;
    ipc::Dialect name = ipc::Dialect::dyndns2; ///< without a meaning if there is no Update
};

ReadResult read_request(const Request& request, const Client& client);

/// The reply to a request that `reader` has refused. `arrived`: as in its last call of read().
/// `has_page`: the page for people is served at `/`.
Reply reply_to(const Refusal& refusal, const RequestReader& reader, std::string_view arrived,
               bool has_page = false);

/// One outcome for each host.
Reply reply_to(const Update& update, const ipc::Settled& settled);

/// The same verdict for all hosts of the proposal, or for its account.
ipc::Settled settled_alike(const ipc::Propose& proposal, ipc::Verdict verdict);

} // namespace http
