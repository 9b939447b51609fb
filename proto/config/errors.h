// A list of errors or warnings, in the order of the file and of limited length.
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

    /// `what`: "errors" or "warnings", for the line that says that there are more.
    explicit Errors(std::string_view what = "errors") noexcept : what_(what) {}

    void add(Position at, base::Pattern pattern, std::initializer_list<base::Piece> pieces = {});
    /// Whatever the number of errors is.
    void insert(Error error);
    bool empty() const noexcept { return listed_.empty(); }
    /// True if there are more than max_listed. Later ones are not listed, so parsing can stop.
    bool full() const noexcept { return first_unlisted_.has_value(); }
    /// The errors in the order of the file. If there are more than max_listed, a last one says so.
    std::vector<Error> take() &&;

private:
    std::string_view what_;
    std::vector<Error> listed_;
    std::optional<Position> first_unlisted_;
};

/// Text from the file for an error message, at most 60 characters of it: unchanged if it is one simple word,
/// otherwise quoted and escaped; "nothing" if it is empty. Never use it for a token.
std::string shown(std::string_view found);

} // namespace config
