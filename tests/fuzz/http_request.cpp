// Properties: the result does not depend on how the bytes were split; all views lie in those bytes and within
// their limits; a request that is written again in a minimal form is read as the same request; all lines of a
// field that may occur several times are found.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "proto/base/bytes.h"
#include "proto/http/request.h"

namespace
{

using http::Request;
using Progress = http::RequestReader::Progress;

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

bool lies_in(std::string_view part, std::string_view whole)
{
    return part.empty() ||
           (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

using Field = std::pair<const char*, std::optional<std::string_view> Request::*>;

constexpr std::array fields{
    Field{"Content-Type", &Request::content_type},
    Field{"Host", &Request::host},
    Field{"Authorization", &Request::authorization},
    Field{"X-Api-User", &Request::api_user},
    Field{"X-Api-Key", &Request::api_key},
    Field{"Origin", &Request::origin},
    Field{"Referer", &Request::referer},
    Field{"Sec-Fetch-Site", &Request::sec_fetch_site},
};

/// Each value of the name, the last one first.
std::string lines_of(const Request& request, std::string_view name)
{
    std::string all;
    http::FieldLines lines{request.header, name};
    while (const auto line = lines.previous()) {
        all += *line;
        all += '\n';
    }
    return all;
}

bool same(const Request& left, const Request& right)
{
    return left.method == right.method && left.path == right.path && left.query == right.query &&
           left.body == right.body &&
           lines_of(left, "X-Forwarded-For") == lines_of(right, "X-Forwarded-For") &&
           std::ranges::all_of(fields,
                               [&](const Field& field) { return left.*field.second == right.*field.second; });
}

bool same(const Progress& left, const Progress& right)
{
    if (left.index() != right.index()) {
        return false;
    }
    if (const auto* request = std::get_if<Request>(&left)) {
        return same(*request, std::get<Request>(right));
    }
    const auto* refusal = std::get_if<http::Refusal>(&left);
    return refusal == nullptr || (refusal->status == std::get<http::Refusal>(right).status &&
                                  refusal->why == std::get<http::Refusal>(right).why);
}

/// Splits the text in these steps. Each call gets a new allocation, so that stale views are detected.
void check_split(std::string_view text, base::Bytes steps, const Progress& whole)
{
    http::RequestReader reader;
    Progress last = reader.read({});
    std::size_t size = 0;
    for (std::size_t i = 0; size < text.size() && std::holds_alternative<http::NeedMore>(last); ++i) {
        const std::size_t step = steps.empty() ? 1 : 1U + steps[i % steps.size()];
        size = std::min(size + step, text.size());
        const std::string arrived{text.substr(0, size)};
        last = reader.read(arrived);
        require(same(reader.read(arrived), last) || std::holds_alternative<http::NeedMore>(last));
        if (size == text.size() || !std::holds_alternative<http::NeedMore>(last)) {
            require(same(last, whole));
        }
    }
}

void check_bounds(const Request& request, std::string_view text)
{
    require(text.empty() || lies_in(request.path, text));
    require(lies_in(request.query.value_or(""), text));
    for (const auto& [name, value] : fields) {
        require(lies_in((request.*value).value_or(""), text));
        require(lines_of(request, name) == (request.*value ? std::string{*(request.*value)} + '\n' : ""));
    }
    require(lies_in(request.header, text) && request.header.size() <= http::max_header);
    require(lies_in(request.body, text));
    require(request.body.size() <= http::max_body);
    require(request.path.size() + request.query.value_or("").size() <= http::max_request_line);
    require(request.path.find_first_of(" ?#\r\n") == std::string_view::npos);
    require(request.query.value_or("").find_first_of(" #\r\n") == std::string_view::npos);
}

void check_rewritten(const Request& request)
{
    require(request.method != http::Method::other);
    const bool is_post = request.method == http::Method::post;
    std::string text = is_post ? "POST " : request.method == http::Method::get ? "GET " : "HEAD ";
    // an empty path is only possible with an authority
    text += request.path.empty() ? "http://a" : "";
    text += request.path;
    text += request.query ? "?" : "";
    text += request.query.value_or("");
    text += " HTTP/1.1\r\nContent-Length: " + std::to_string(request.body.size()) + "\r\n";
    for (const auto& [name, value] : fields) {
        text += request.*value ? std::string{name} + ": " + std::string{*(request.*value)} + "\r\n" : "";
    }
    std::string forwarded;
    http::FieldLines lines{request.header, "X-Forwarded-For"};
    while (const auto line = lines.previous()) {
        forwarded = "X-Forwarded-For: " + std::string{*line} + "\n" + forwarded;
    }
    text += forwarded;
    text += "\r\n";
    text += request.body;
    const Progress again = http::RequestReader{}.read(text);
    if (const auto* refusal = std::get_if<http::Refusal>(&again)) {
        // the original line or header was shorter, or its target only a fragment
        const http::Status status = refusal->status;
        require(status == http::Status::uri_too_long || status == http::Status::fields_too_large ||
                (request.path.empty() && status == http::Status::bad_request));
        return;
    }
    require(same(std::get<Request>(again), request));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    // the last bytes are the steps of the split, so that each corpus file is a plain request
    const base::Bytes input{data, size};
    const std::string_view text = base::as_text(input);
    const Progress whole = http::RequestReader{}.read(text);
    check_split(text, input.last(std::min<std::size_t>(size, 8)), whole);
    if (size < 512) {
        check_split(text, {}, whole);
    }
    if (const auto* request = std::get_if<Request>(&whole)) {
        check_bounds(*request, text);
        check_rewritten(*request);
    } else if (std::holds_alternative<http::NeedMore>(whole)) {
        require(size < http::max_request); // no client can make us buffer more
    }
    return 0;
}
