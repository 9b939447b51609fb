// One HTTP/1 request as it arrives: a strict and bounded reader of what RFC 9112 calls a message.
//
// Strict, because the same bytes may have passed a proxy that must not have understood them otherwise
// (RFC 9112 section 11.2): what frames the message in two ways, or in a way that is not supported, is
// refused. Where the predecessor's users could depend on more than RFC 9112 allows, more is taken:
// - a request of HTTP/1.1 without Host, which section 3.2 wants refused: there is one site here, and the
//   predecessor's scripts speak to it with printf and nc;
// - any byte but controls and blanks in the target: home routers do not encode the values that they
//   put there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "proto/http/reply.h"

namespace http
{

// In bytes. Line ends are not counted in a line, but are in the header.
inline constexpr std::size_t max_request_line = 8189; ///< as the predecessor; more is 414
inline constexpr std::size_t max_header = 16384;      ///< with its empty line; more is 431
inline constexpr std::size_t max_fields = 100;        ///< more is 431
inline constexpr std::size_t max_body = 8192;         ///< more is 413
/// No request that is not refused before needs more; two line ends may stand in front of the header.
inline constexpr std::size_t max_request = max_request_line + 4 + max_header + max_body;

enum class Method : std::uint8_t { get = 1, post = 2 };

/// A whole request. Its texts lie in the bytes that it was read from.
struct Request {
    Method method = Method::get;
    std::string_view path; ///< not decoded, without scheme and authority (RFC 9112 section 3.2.2)
    std::optional<std::string_view> query; ///< not decoded, without '?'; nothing where there was no '?'
    std::optional<std::string_view> content_type;
    std::string_view body;
};

/// The request goes on.
struct NeedMore {
    bool send_continue = false; ///< the client waits for continue_reply; said once
};

/// Reads one request from a growing buffer. It holds positions and no bytes, looks at no byte twice but
/// for the parts of the request, and gives the same result however the bytes were split.
class RequestReader
{
public:
    using Progress = std::variant<NeedMore, Request, Status>;

    /// `arrived` is all that came since the beginning, and begins with what was given the last time. What
    /// follows the request is left alone: a connection has one. A refusal stays what it is.
    Progress read(std::string_view arrived) noexcept;

private:
    enum class Phase : std::uint8_t { request_line = 1, fields = 2, body = 3, refused = 4 };
    enum class Coding : std::uint8_t { none = 1, chunked = 2, other = 3 };
    struct Part {
        std::size_t begin = 0;
        std::size_t size = 0;
    };

    std::optional<std::string_view> next_line(std::string_view arrived) noexcept;
    void refuse(Status status) noexcept;

    void read_head_line(std::string_view arrived) noexcept;
    void check_unfinished_line(std::size_t arrived) noexcept;
    void take_request_line(std::string_view line, std::string_view arrived) noexcept;
    void take_field_line(std::string_view line, std::string_view arrived) noexcept;
    void take_field(std::string_view name, std::string_view value, std::string_view arrived) noexcept;
    void take_content_length(std::string_view value) noexcept;
    void end_header() noexcept;
    Progress read_body(std::string_view arrived) noexcept;

    static Part part_of(std::string_view arrived, std::string_view text) noexcept;

    Phase phase_ = Phase::request_line;
    Status refusal_ = Status::bad_request;
    Method method_ = Method::get;
    Coding coding_ = Coding::none;
    bool is_http_1_0_ = false;
    bool passed_empty_line_ = false;
    bool has_host_ = false;
    bool expects_continue_ = false;
    bool waits_for_more_ = false; ///< the line at `line_` has no end yet
    std::size_t line_ = 0;        ///< where the line that is read next begins
    std::size_t searched_ = 0;    ///< up to here there is no line end behind `line_`
    std::size_t header_ = 0;      ///< where the header begins
    std::size_t fields_ = 0;
    Part target_;
    std::optional<Part> content_type_;
    std::optional<std::size_t> content_length_;
};

} // namespace http
