#include "proto/http/reply.h"

#include <algorithm>
#include <array>
#include <utility>

#include "proto/base/text.h"

namespace http
{

namespace
{

struct Row {
    Status status;
    std::string_view reason;
    std::string_view body; ///< the default body
};

constexpr auto rows = std::to_array({
    Row{Status::ok, "OK", "ok"},
    Row{Status::permanent_redirect, "Permanent redirect", "use HTTPS"},
    Row{Status::bad_request, "Bad request", "bad request"},
    Row{Status::unauthorized, "Unauthorized", "authorization required"},
    Row{Status::forbidden, "Forbidden", "forbidden"},
    Row{Status::not_found, "Not found", "updates are at /api/update"},
    Row{Status::method_not_allowed, "Method not allowed", "use GET or POST"},
    Row{Status::length_required, "Length required", "content-length required"},
    Row{Status::content_too_large, "Content too large", "body too long"},
    Row{Status::uri_too_long, "URI too long", "request line too long"},
    Row{Status::fields_too_large, "Request header fields too large", "header too long"},
    Row{Status::not_implemented, "Not implemented", "error"},
    Row{Status::unavailable, "Service unavailable", "911"},
    Row{Status::version_not_supported, "Version not supported", "error"},
});

const Row& row_of(Status status) noexcept
{
    // every Status has a row
    return *std::ranges::find_if(rows, [=](const Row& row) { return row.status == status; });
}

} // namespace

std::string_view reason(Status status) noexcept
{
    return row_of(status).reason;
}

Reply plain_reply(Status status)
{
    return {status, std::string{row_of(status).body}};
}

Reply json_reply(Status status, std::string json)
{
    return {status, std::move(json), "application/json"};
}

Reply not_allowed_reply(bool allows_get, bool allows_post)
{
    Reply reply = plain_reply(Status::method_not_allowed);
    if (!allows_get || !allows_post) {
        reply.allow = allows_get ? "GET" : "POST";
        reply.body = allows_get ? "use GET" : "use POST";
    }
    return reply;
}

std::string first_fields(Status status, std::string_view content_type, std::size_t content_length)
{
    return base::filled("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}",
                        {static_cast<unsigned>(status), reason(status), content_type, content_length});
}

std::string serialise(const Reply& reply, bool is_to_head)
{
    std::string text = first_fields(reply.status, reply.content_type, reply.body.size());
    if (reply.status == Status::method_not_allowed) { // RFC 9110 section 15.5.6: it must have this field
        base::append(text, "\r\nAllow: {}", {reply.allow});
    }
    if (reply.status == Status::unauthorized) { // RFC 9110 section 15.5.2, and RFC 7617 section 2.1
        text += "\r\nWWW-Authenticate: Basic realm=\"nanodnsd\", charset=\"UTF-8\"";
    }
    if (!reply.location.empty()) {
        base::append(text, "\r\nLocation: {}", {reply.location});
    }
    text += last_fields;
    if (!is_to_head) {
        text += reply.body;
    }
    return text;
}

} // namespace http
