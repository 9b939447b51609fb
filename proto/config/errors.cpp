#include "proto/config/errors.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace config
{

namespace
{

constexpr bool before(Position left, Position right) noexcept
{
    return std::tie(left.line, left.column) < std::tie(right.line, right.column);
}

constexpr bool needs_no_quotes(char c) noexcept
{
    return base::is_letter(c) || base::is_digit(c) ||
           std::string_view{".:-_@+/"}.find(c) != std::string_view::npos;
}

} // namespace

std::string to_text(const Error& error, std::string_view path)
{
    return base::filled("{}:{}:{}: {}", {path, error.at.line, error.at.column, error.text});
}

std::string to_text_of_warning(const Error& warning, std::string_view path)
{
    return to_text({warning.at, base::filled("warning: {}", {warning.text})}, path);
}

void Errors::add(Position at, base::Pattern pattern, std::initializer_list<base::Piece> pieces)
{
    if (listed_.size() < max_listed) {
        insert({at, base::filled(pattern, pieces)});
    } else if (!first_unlisted_) {
        first_unlisted_ = at;
    }
}

void Errors::insert(Error error)
{
    const auto next =
        std::upper_bound(listed_.begin(), listed_.end(), error.at,
                         [](Position left, const Error& right) { return before(left, right.at); });
    listed_.insert(next, std::move(error));
}

std::vector<Error> Errors::take() &&
{
    if (first_unlisted_) {
        const Position last = listed_.back().at;
        listed_.push_back({before(*first_unlisted_, last) ? last : *first_unlisted_,
                           base::filled("more than {} {}, the rest is not listed", {max_listed, what_})});
    }
    return std::move(listed_);
}

std::string shown(std::string_view found)
{
    constexpr std::size_t max_shown = 60;
    if (found.empty()) {
        return "nothing";
    }
    const std::string text = base::escape(found, max_shown);
    return std::ranges::all_of(text, needs_no_quotes) ? text : base::filled("\"{}\"", {text});
}

} // namespace config
