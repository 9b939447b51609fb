// Properties: a decoded value, encoded and decoded again, does not change; any bytes, encoded, decode to
// themselves; a decoded value is never longer than the form.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "proto/base/bytes.h"
#include "proto/base/text.h"
#include "proto/http/query.h"

namespace
{

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

/// Escapes bytes (RFC 3986 section 2.1), but leaves every third one as it is if that is allowed.
std::string encode(std::string_view text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (i % 3 == 0 && (base::is_letter(c) || base::is_digit(c))) {
            result += c;
        } else if (i % 3 == 1 && c == ' ') {
            result += '+';
        } else {
            result += '%' + base::to_hex(base::as_bytes({&c, 1}));
        }
    }
    return result;
}

/// Checks the number of parameters and the last value against a simple second parser.
void check_names(std::string_view form, const http::Parameters& parameters)
{
    std::size_t pieces = 0;
    std::string_view last;
    while (!form.empty()) {
        const std::string_view piece = form.substr(0, form.find('&'));
        if (!piece.empty()) {
            last = piece;
            ++pieces;
        }
        form.remove_prefix(std::min(piece.size() + 1, form.size()));
    }
    require(parameters.count() == pieces && pieces <= http::Parameters::max_count);
    if (pieces == 0 || last.find_first_of("%+") != std::string_view::npos) {
        return;
    }
    const std::size_t equals = std::min(last.find('='), last.size());
    require(parameters.name(pieces - 1) == last.substr(0, equals));
    require(parameters.find(last.substr(0, equals)) == last.substr(std::min(equals + 1, last.size())));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = base::as_text({data, size});

    http::Parameters raw;
    if (raw.add(text) == http::QueryError::none) {
        check_names(text, raw);
        const auto token = raw.find("token");
        if (token) {
            require(token->size() <= size);
            http::Parameters again;
            require(again.add("token=" + encode(*token)) == http::QueryError::none);
            require(again.find("token") == token);
        }
    }

    const std::string_view name = text.substr(0, size / 3);
    const std::string_view value = text.substr(size / 3);
    http::Parameters encoded;
    require(encoded.add(encode(name) + '=' + encode(value)) == http::QueryError::none);
    require(encoded.count() == 1 && encoded.find(name) == value);
    require(encoded.add(encode(name) + '=') == http::QueryError::none);
    require(encoded.count() == 2 && encoded.find(name) == "");
    return 0;
}
