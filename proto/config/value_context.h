// What the reader of a value needs: the value, its key, and where its errors go.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "proto/base/text.h"
#include "proto/config/config.h"
#include "proto/config/errors.h"
#include "proto/config/ini.h"
#include "proto/config/options.h"

namespace config
{

class ValueContext
{
public:
    using Pieces = std::initializer_list<base::Piece>;

    ValueContext(const Option& option, const Word& value, Config& into, Errors& errors) noexcept
        : option_(option), value_(value), config_(into), errors_(errors)
    {
    }

    const Option& option() const noexcept { return option_; }
    const Word& value() const noexcept { return value_; }
    Config& config() const noexcept { return config_; }

    /// An error of the key.
    void report(Position at, base::Pattern pattern, Pieces pieces = {}) const;
    /// "found VALUE, expected ..."
    void refuse(base::Pattern expected, Pieces pieces = {}) const;
    void report_too_many(std::size_t max, std::string_view what) const;

    /// The items of a list that is separated by spaces, up to the first error.
    std::vector<Word> items(std::string_view expected, std::size_t max) const;

private:
    const Option& option_;
    const Word& value_;
    Config& config_;
    Errors& errors_;
};

/// For a value that seems to be followed by a comment, which the format does not allow.
std::string_view comment_hint(std::string_view value) noexcept;

template <typename List, typename Item>
bool add_once(List& list, const Item& item)
{
    const bool is_new = std::ranges::find(list, item) == list.end();
    if (is_new) {
        list.push_back(item);
    }
    return is_new;
}

} // namespace config
