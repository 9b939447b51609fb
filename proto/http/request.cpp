#include "proto/http/request.h"

#include <algorithm>
#include <array>

#include "proto/base/text.h"

namespace http
{

namespace
{

bool is_control(char c) noexcept
{
    return static_cast<unsigned char>(c) < ' ' || c == '\x7F';
}

/// RFC 9110 section 5.5: a field value may contain tabs and bytes above ASCII.
bool is_field_byte(char c) noexcept
{
    return !is_control(c) || c == '\t';
}

/// RFC 9110 section 5.6.2. Space is not allowed, so neither a space before the colon (RFC 9112 section 5.1)
/// nor a folded line (section 5.2) is accepted.
bool is_token(std::string_view text) noexcept
{
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [=](char c) {
        return base::is_letter(c) || base::is_digit(c) || marks.find(c) != std::string_view::npos;
    });
}

/// Removes the optional white space around a value (RFC 9110 section 5.6.3).
std::string_view trim(std::string_view text) noexcept
{
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The path and query of an absolute-form target, which a proxy sends (RFC 9112 section 3.2.2). Any other
/// target is returned unchanged.
std::string_view without_authority(std::string_view target) noexcept
{
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (base::equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
            target.remove_prefix(scheme.size());
            return target.substr(std::min(target.find_first_of("/?"), target.size()));
        }
    }
    return target;
}

Method method_of(std::string_view line) noexcept
{
    const std::string_view name = line.substr(0, line.find(' '));
    if (name == "GET") {
        return Method::get;
    }
    if (name == "POST") {
        return Method::post;
    }
    return name == "HEAD" ? Method::head : Method::other;
}

/// A field that may occur once only.
struct SingleField {
    std::string_view name;
    std::optional<std::string_view> Request::*value;
    std::string_view twice; ///< why a request with two of them is refused
};

constexpr auto single_field_rows = std::to_array<SingleField>({
    {"Content-Type", &Request::content_type, "two content-type fields"},
    {"Host", &Request::host, "two host fields"}, // RFC 9112 section 3.2
    {"Authorization", &Request::authorization, "two authorization fields"},
    {"X-Api-User", &Request::api_user, "two x-api-user fields"},
    {"X-Api-Key", &Request::api_key, "two x-api-key fields"},
    {"Origin", &Request::origin, "two origin fields"},
    {"Referer", &Request::referer, "two referer fields"},
    {"Sec-Fetch-Site", &Request::sec_fetch_site, "two sec-fetch-site fields"},
});

void split_target(std::string_view target, Request& request) noexcept
{
    const std::string_view local = without_authority(target);
    const std::size_t mark = local.find('?');
    request.path = local.substr(0, mark);
    if (mark != std::string_view::npos) {
        request.query = local.substr(mark + 1);
    }
}

} // namespace

std::optional<std::string_view> FieldLines::previous() noexcept
{
    while (!header_.empty()) {
        header_.remove_suffix(1);                          // the line's LF
        const std::size_t begin = header_.rfind('\n') + 1; // 0 if there is none
        std::string_view line = header_.substr(begin);
        header_ = header_.substr(0, begin);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        const std::size_t colon = line.find(':');
        if (base::equal_ignoring_case(line.substr(0, colon), name_)) {
            return trim(line.substr(colon + 1));
        }
    }
    return std::nullopt;
}

RequestReader::Part RequestReader::part_of(std::string_view arrived, std::string_view text) noexcept
{
    return {static_cast<std::size_t>(text.data() - arrived.data()), text.size()};
}

void RequestReader::refuse(Status status, std::string_view why) noexcept
{
    phase_ = Phase::refused;
    refusal_ = {status, why};
}

std::optional<std::string_view> RequestReader::path(std::string_view arrived) const noexcept
{
    if (!target_) {
        return std::nullopt;
    }
    Request request;
    split_target(arrived.substr(target_->begin, target_->size), request);
    return request.path;
}

/// RFC 9112 section 2.2: a line may also end in a single LF.
std::optional<std::string_view> RequestReader::next_line(std::string_view arrived) noexcept
{
    const std::size_t end = arrived.find('\n', searched_);
    if (end == std::string_view::npos) {
        searched_ = arrived.size();
        return std::nullopt;
    }
    std::string_view line = arrived.substr(line_, end - line_);
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    line_ = end + 1;
    searched_ = line_;
    return line;
}

RequestReader::Progress RequestReader::read(std::string_view arrived) noexcept
{
    waits_for_more_ = false;
    while (!waits_for_more_ && (phase_ == Phase::request_line || phase_ == Phase::fields)) {
        read_head_line(arrived);
    }
    if (phase_ == Phase::refused) {
        return refusal_;
    }
    if (phase_ == Phase::body) {
        return read_body(arrived);
    }
    return NeedMore{};
}

void RequestReader::read_head_line(std::string_view arrived) noexcept
{
    const auto line = next_line(arrived);
    if (!line) {
        check_unfinished_line(arrived);
    } else if (phase_ == Phase::request_line) {
        take_request_line(*line, arrived);
    } else {
        take_field_line(*line, arrived);
    }
}

/// Refuses a line that is too long already.
void RequestReader::check_unfinished_line(std::string_view arrived) noexcept
{
    waits_for_more_ = true;
    if (phase_ == Phase::request_line &&
        arrived.size() - line_ > max_request_line + 1) { // the last byte may be a CR
        method_ = method_of(arrived.substr(line_));
        refuse(Status::uri_too_long);
    } else if (phase_ == Phase::fields && arrived.size() - header_ > max_header) {
        refuse(Status::fields_too_large);
    }
}

/// RFC 9112 section 3. The order of the checks is the predecessor's.
void RequestReader::take_request_line(std::string_view line, std::string_view arrived) noexcept
{
    if (line.empty() && !passed_empty_line_) { // section 2.2: ignore at least one empty line before it
        passed_empty_line_ = true;
        return;
    }
    method_ = method_of(line);
    const std::size_t first = std::min(line.find(' '), line.size());
    const std::size_t last = line.rfind(' ');
    if (line.size() > max_request_line) {
        return refuse(Status::uri_too_long);
    }
    if (std::ranges::any_of(line, is_control) || std::count(line.begin(), line.end(), ' ') != 2 ||
        first == 0 || last == first + 1) {
        return refuse(Status::bad_request, "malformed request line");
    }
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    target_ = part_of(arrived, target.substr(0, target.find('#'))); // a fragment is for the client only
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
        return refuse(Status::version_not_supported);
    }
    if (method_ == Method::other) {
        return refuse(Status::not_implemented);
    }
    is_http_1_0_ = version == "HTTP/1.0";
    header_ = line_;
    phase_ = Phase::fields;
}

void RequestReader::take_field_line(std::string_view line, std::string_view arrived) noexcept
{
    if (line_ - header_ > max_header) {
        return refuse(Status::fields_too_large);
    }
    if (line.empty()) {
        return end_header();
    }
    if (++fields_ > max_fields) {
        return refuse(Status::fields_too_large);
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)) ||
        !std::ranges::all_of(line, is_field_byte)) {
        return refuse(Status::bad_request, "malformed header field");
    }
    take_field(line.substr(0, colon), trim(line.substr(colon + 1)), arrived);
}

/// Handles the fields that are used.
void RequestReader::take_field(std::string_view name, std::string_view value,
                               std::string_view arrived) noexcept
{
    const auto is = [=](std::string_view known) { return base::equal_ignoring_case(name, known); };
    if (is("Content-Length")) {
        take_content_length(value);
    } else if (is("Transfer-Encoding")) {
        const bool chunked = coding_ == Coding::none && base::equal_ignoring_case(value, "chunked");
        coding_ = chunked ? Coding::chunked : Coding::other;
    } else if (is("Expect")) { // RFC 9110 section 10.1.1: other expectations may be ignored
        expects_continue_ = base::equal_ignoring_case(value, "100-continue");
    } else {
        take_single_field(name, value, arrived);
    }
}

void RequestReader::take_single_field(std::string_view name, std::string_view value,
                                      std::string_view arrived) noexcept
{
    static_assert(single_field_rows.size() == single_fields);
    const auto* row = std::ranges::find_if(
        single_field_rows, [=](const SingleField& one) { return base::equal_ignoring_case(one.name, name); });
    if (row == single_field_rows.end()) {
        return;
    }
    std::optional<Part>& part = singles_[static_cast<std::size_t>(row - single_field_rows.begin())];
    if (part) {
        return refuse(Status::bad_request, row->twice);
    }
    part = value.empty() ? Part{} : part_of(arrived, value); // an empty value is not a view of `arrived`
}

/// RFC 9112 section 6.3: an invalid number, or two that differ, are an unrecoverable error. A length above
/// max_body is stored as max_body + 1.
void RequestReader::take_content_length(std::string_view value) noexcept
{
    if (value.empty() || !std::ranges::all_of(value, base::is_digit)) {
        return refuse(Status::bad_request, "malformed content-length");
    }
    const std::uint64_t length = base::parse_decimal(value, max_body).value_or(max_body + 1);
    if (content_length_.value_or(length) != length) {
        return refuse(Status::bad_request, "two content-length fields that differ");
    }
    content_length_ = length;
}

void RequestReader::end_header() noexcept
{
    if (coding_ != Coding::none) {
        if (content_length_ || is_http_1_0_) { // RFC 9112 section 6.1
            return refuse(Status::bad_request, is_http_1_0_ ? "transfer-encoding in HTTP/1.0"
                                                            : "both transfer-encoding and content-length");
        }
        // 411: the client may try again with Content-Length
        return refuse(coding_ == Coding::chunked ? Status::length_required : Status::not_implemented);
    }
    if (content_length_.value_or(0) > max_body) {
        return refuse(Status::content_too_large);
    }
    phase_ = Phase::body;
}

RequestReader::Progress RequestReader::read_body(std::string_view arrived) noexcept
{
    const std::string_view rest = arrived.substr(line_);
    const std::size_t length = content_length_.value_or(0);
    if (rest.size() < length) {
        // RFC 9110 section 10.1.1: not to HTTP/1.0, and not if the body has started to arrive
        const bool send_continue = expects_continue_ && !is_http_1_0_ && rest.empty();
        expects_continue_ = false;
        return NeedMore{send_continue};
    }
    Request request;
    request.method = method_;
    split_target(arrived.substr(target_->begin, target_->size), request);
    request.header = arrived.substr(header_, line_ - header_);
    for (std::size_t i = 0; i < singles_.size(); ++i) {
        if (const auto& part = singles_[i]) {
            request.*single_field_rows[i].value = arrived.substr(part->begin, part->size);
        }
    }
    request.body = rest.substr(0, length);
    return request;
}

} // namespace http
