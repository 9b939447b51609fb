// A strict, bounded, incremental parser of one HTTP/1 request (RFC 9112).
//
// It is strict because a proxy may have parsed the same bytes, and must not have understood them differently
// (RFC 9112 section 11.2): a message with ambiguous or unsupported framing is refused. Two things that
// RFC 9112 forbids are accepted, because users of the predecessor may depend on them:
// - an HTTP/1.1 request without Host, which section 3.2 forbids: there is only one site here, and scripts
//   for the predecessor use printf and nc;
// - any byte except controls and spaces in the target: home routers do not escape the values that they put
//   there.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "proto/http/reply.h"

namespace http
{

// In bytes. The request line is counted without its line end, the header with its line ends.
inline constexpr std::size_t max_request_line = 8189; ///< as in the predecessor; longer is 414
inline constexpr std::size_t max_header = 16384;      ///< with the empty line; longer is 431
inline constexpr std::size_t max_fields = 100;        ///< more is 431
inline constexpr std::size_t max_body = 8192;         ///< longer is 413
/// The largest request that is not refused. It has an empty line and the request line's end before the
/// header.
inline constexpr std::size_t max_request = max_request_line + 4 + max_header + max_body;

enum class Method : std::uint8_t { get = 1, post = 2, head = 3, other = 4 };

/// A complete request with a method other than `other`. Its texts are views of the bytes that it was read
/// from.
struct Request {
    Method method = Method::get;
    std::string_view path; ///< not decoded, without scheme and authority (RFC 9112 section 3.2.2)
    std::optional<std::string_view> query; ///< not decoded, without '?'; empty optional if there was no '?'
    std::string_view header; ///< all field lines with their ends, and the empty line; for FieldLines
    // A field that may occur once only. If it occurs twice, the request is refused (RFC 9110 section 5.3).
    std::optional<std::string_view> content_type;
    std::optional<std::string_view> host;
    std::optional<std::string_view> authorization;
    std::optional<std::string_view> api_user; ///< X-Api-User, of acme-dns
    std::optional<std::string_view> api_key;  ///< X-Api-Key, of acme-dns
    std::optional<std::string_view> origin;
    std::optional<std::string_view> referer;
    std::optional<std::string_view> sec_fetch_site;
    std::string_view body;
};

/// The values of a field that may occur several times, the last one first.
class FieldLines
{
public:
    /// `header`: of a Request. Both texts must outlive this.
    FieldLines(std::string_view header, std::string_view name) noexcept : header_(header), name_(name) {}

    /// Without the white space around it; none after the first line of that name.
    std::optional<std::string_view> previous() noexcept;

private:
    std::string_view header_; ///< what is left of it
    std::string_view name_;
};

/// The request is not complete yet.
struct NeedMore {
    bool send_continue = false; ///< the client waits for continue_reply; true once
};

/// The request is invalid or not supported.
struct Refusal {
    Status status = Status::bad_request;
    std::string_view why; ///< for the client; empty: the default body of the status
};

/// Reads one request from a growing buffer. It stores offsets, not bytes, and scans no line twice. The result
/// does not depend on how the bytes were split.
class RequestReader
{
public:
    using Progress = std::variant<NeedMore, Request, Refusal>;

    /// `arrived`: all bytes received so far, including those of earlier calls. Bytes after the request are
    /// ignored: a connection has one request. After a refusal every call returns the same.
    Progress read(std::string_view arrived) noexcept;

    /// As far as it is known; `get` before.
    Method method() const noexcept { return method_; }
    /// The path, as in Request; none if the request line is invalid or has not arrived. `arrived`: as in the
    /// last call of read().
    std::optional<std::string_view> path(std::string_view arrived) const noexcept;

private:
    enum class Phase : std::uint8_t { request_line = 1, fields = 2, body = 3, refused = 4 };
    enum class Coding : std::uint8_t { none = 1, chunked = 2, other = 3 };
    struct Part {
        std::size_t begin = 0;
        std::size_t size = 0;
    };

    std::optional<std::string_view> next_line(std::string_view arrived) noexcept;
    void refuse(Status status, std::string_view why = {}) noexcept;
    void take_single_field(std::string_view name, std::string_view value, std::string_view arrived) noexcept;

    void read_head_line(std::string_view arrived) noexcept;
    void check_unfinished_line(std::string_view arrived) noexcept;
    void take_request_line(std::string_view line, std::string_view arrived) noexcept;
    void take_field_line(std::string_view line, std::string_view arrived) noexcept;
    void take_field(std::string_view name, std::string_view value, std::string_view arrived) noexcept;
    void take_content_length(std::string_view value) noexcept;
    void end_header() noexcept;
    Progress read_body(std::string_view arrived) noexcept;

    static Part part_of(std::string_view arrived, std::string_view text) noexcept;

    Phase phase_ = Phase::request_line;
    Refusal refusal_;
    Method method_ = Method::get;
    Coding coding_ = Coding::none;
    bool is_http_1_0_ = false;
    bool passed_empty_line_ = false;
    bool expects_continue_ = false;
    bool waits_for_more_ = false; ///< the line at `line_` has no end yet
    std::size_t line_ = 0;        ///< offset of the next line
    std::size_t searched_ = 0;    ///< there is no line end between `line_` and this offset
    std::size_t header_ = 0;      ///< offset of the header
    std::size_t fields_ = 0;
    std::optional<Part> target_;
    static constexpr std::size_t single_fields = 8; ///< rows of a table in request.cpp
    std::array<std::optional<Part>, single_fields> singles_;
    std::optional<std::size_t> content_length_;
};

} // namespace http
