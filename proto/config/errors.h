// What is wrong with a text, collected: every error, or every warning, up to a bound, in the order of the
// file.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/base/text.h"
#include "proto/config/config.h"

namespace config
{

class Errors
{
public:
    static constexpr std::size_t max_listed = 100;

    /// `what` they are called in the line that says that there are more.
    explicit Errors(std::string_view what = "errors") noexcept : what_(what) {}

    void add(Position at, base::Pattern pattern, std::initializer_list<base::Piece> pieces = {});
    bool empty() const noexcept { return listed_.empty(); }
    /// True once there are more than max_listed: reading on would say nothing new.
    bool full() const noexcept { return beyond_.has_value(); }
    /// In the order of the file; where there are more than max_listed, one behind them says so.
    std::vector<Error> take() &&;

private:
    std::string_view what_;
    std::vector<Error> listed_;
    std::optional<Position> beyond_; ///< of the first that is not listed
};

/// What was found, as it stands in an error: plain where it is one harmless word, in quotes and escaped
/// where it is not, "nothing" where it is empty; at most 60 characters of it. Never for a token.
std::string shown(std::string_view found);

} // namespace config
