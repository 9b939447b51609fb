// What a client of the HTTP interface is told.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace http
{

/// The status codes that are sent (RFC 9110 section 15, RFC 6585 section 5), and no other.
enum class Status : std::uint16_t {
    ok = 200,
    bad_request = 400,
    forbidden = 403,
    not_found = 404,
    length_required = 411,
    content_too_large = 413,
    uri_too_long = 414,
    fields_too_large = 431,
    not_implemented = 501,
    unavailable = 503,
    version_not_supported = 505,
};

/// The reason phrase: the predecessor's words where it had that status.
std::string_view reason(Status status) noexcept;

struct Reply {
    Status status = Status::ok;
    std::string body; ///< plain text without a line end
};

/// The reply that only says what is wrong: the predecessor's body ("error") where it had that status.
Reply plain_reply(Status status);

/// The bytes of a reply in the predecessor's form: HTTP/1.1 whatever the client spoke (RFC 9110 section
/// 2.5), and the connection ends with it. No version is told to strangers, and nothing is to be stored,
/// because the request had a secret in it (RFC 9111 section 5.2.2.5).
std::string serialise(const Reply& reply);

/// RFC 9110 section 15.2.1: tells a client that waits for it to send the body.
inline constexpr std::string_view continue_reply = "HTTP/1.1 100 Continue\r\n\r\n";

} // namespace http
