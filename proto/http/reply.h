// Replies to HTTP clients.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace http
{

/// All status codes that are sent (RFC 9110 section 15, RFC 6585 section 5). Clients search a whole reply for
/// the words ok, good, true, success, nochg, updated and unchanged: no reply of an error has one, in any
/// case, not even inside another word. Except of the page for people, which no update client asks for.
enum class Status : std::uint16_t {
    ok = 200,
    permanent_redirect = 308, ///< RFC 9110 section 15.4.9
    bad_request = 400,
    unauthorized = 401,
    forbidden = 403,
    not_found = 404,
    method_not_allowed = 405,
    length_required = 411,
    content_too_large = 413,
    uri_too_long = 414,
    fields_too_large = 431,
    not_implemented = 501,
    unavailable = 503,
    version_not_supported = 505,
};

/// The reason phrase: the predecessor's, if it had that status.
std::string_view reason(Status status) noexcept;

struct Reply {
    Status status = Status::ok;
    std::string body; ///< without a line end
    std::string_view content_type = "text/plain";
    std::string_view allow = "GET, POST"; ///< with method_not_allowed only (RFC 9110 section 15.5.6)
    std::string location{};               ///< with permanent_redirect only
};

/// A reply with the default body of its status.
Reply plain_reply(Status status);
/// `json`: one object.
Reply json_reply(Status status, std::string json);
/// 405, with the methods that are allowed.
Reply not_allowed_reply(bool allows_get, bool allows_post);

/// The status line and the fields that begin a reply, without their last line end.
std::string first_fields(Status status, std::string_view content_type, std::size_t content_length);
/// The fields that end it, from the line end before them to the empty line. Cache-Control forbids storing,
/// because the request had a secret in it (RFC 9111 section 5.2.2.5).
inline constexpr std::string_view last_fields = "\r\nServer: nanodnsd\r\nCache-Control: no-store"
                                                "\r\nX-Content-Type-Options: nosniff"
                                                "\r\nConnection: close\r\n\r\n";

/// The bytes of a reply in the predecessor's form. The version is HTTP/1.1 even for an HTTP/1.0 request
/// (RFC 9110 section 2.5), and the connection closes after the reply. The Server field has no version number,
/// and Cache-Control forbids storing, because the request had a secret in it (RFC 9111 section 5.2.2.5). A
/// reply to HEAD has no content, but the length of that of a GET (RFC 9110 sections 8.6 and 9.3.2).
std::string serialise(const Reply& reply, bool is_to_head = false);

/// RFC 9110 section 15.2.1: tells a waiting client to send the body.
inline constexpr std::string_view continue_reply = "HTTP/1.1 100 Continue\r\n\r\n";

} // namespace http
