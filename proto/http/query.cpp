#include "proto/http/query.h"

#include <algorithm>

#include "proto/base/secret.h"
#include "proto/base/text.h"

namespace http
{

Parameters::~Parameters()
{
    base::wipe(decoded_);
}

/// Allocates all memory at once: reallocation would leave a copy of a token in freed memory.
void Parameters::grow(std::size_t bytes)
{
    std::string larger;
    larger.reserve(decoded_.size() + bytes);
    larger.append(decoded_);
    base::wipe(decoded_);
    decoded_.swap(larger);
}

bool Parameters::decode(std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded_ += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        const int high = i + 1 < text.size() ? base::hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? base::hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return false;
        }
        decoded_ += static_cast<char>(high << 4 | low);
        i += 2;
    }
    return true;
}

QueryError Parameters::add_piece(std::string_view piece)
{
    const std::size_t equals = std::min(piece.find('='), piece.size());
    if (count_ == max_count) {
        return QueryError::too_many;
    }
    Entry entry;
    entry.name = decoded_.size();
    if (!decode(piece.substr(0, equals))) {
        return QueryError::bad_escape;
    }
    entry.value = decoded_.size();
    if (!decode(piece.substr(std::min(equals + 1, piece.size())))) {
        return QueryError::bad_escape;
    }
    entry.end = decoded_.size();
    entries_[count_++] = entry;
    return QueryError::none;
}

QueryError Parameters::add(std::string_view form)
{
    grow(form.size());
    while (true) {
        const std::size_t end = form.find('&');
        const QueryError error = end == 0 || form.empty() ? QueryError::none : add_piece(form.substr(0, end));
        if (error != QueryError::none || end == std::string_view::npos) {
            return error;
        }
        form.remove_prefix(end + 1);
    }
}

std::optional<std::string_view> Parameters::find(std::string_view name) const noexcept
{
    const std::string_view decoded{decoded_};
    for (std::size_t i = count_; i-- > 0;) {
        const Entry& entry = entries_[i];
        if (this->name(i) == name) {
            return decoded.substr(entry.value, entry.end - entry.value);
        }
    }
    return std::nullopt;
}

std::string_view Parameters::name(std::size_t index) const noexcept
{
    const Entry& entry = entries_[index];
    return std::string_view{decoded_}.substr(entry.name, entry.value - entry.name);
}

std::string_view Parameters::value(std::size_t index) const noexcept
{
    const Entry& entry = entries_[index];
    return std::string_view{decoded_}.substr(entry.value, entry.end - entry.value);
}

} // namespace http
