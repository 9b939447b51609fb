#include "ctl/since.h"

#include <algorithm>
#include <chrono>

#include "proto/base/text.h"
#include "proto/config/values.h"

namespace ctl
{

namespace
{

/// Reads numbers of a fixed width from left to right. After an error, all of it is invalid.
class Digits
{
public:
    explicit Digits(std::string_view text) noexcept : left_(text) {}

    unsigned number(std::size_t width, unsigned max)
    {
        const auto value = base::parse_decimal(left_.substr(0, width), max);
        is_valid_ = is_valid_ && left_.size() >= width && value;
        left_.remove_prefix(std::min(width, left_.size()));
        return static_cast<unsigned>(value.value_or(0));
    }
    /// One of these characters.
    bool eat(std::string_view characters)
    {
        const bool is_next = !left_.empty() && characters.find(left_.front()) != std::string_view::npos;
        left_.remove_prefix(is_next ? 1 : 0);
        return is_next;
    }
    void require(std::string_view characters) { is_valid_ = eat(characters) && is_valid_; }
    bool is_empty() const noexcept { return left_.empty(); }
    bool is_whole() const noexcept { return is_valid_ && left_.empty(); }

private:
    std::string_view left_;
    bool is_valid_ = true;
};

std::optional<base::UnixTime> read_length(std::string_view text, base::UnixTime now)
{
    constexpr std::string_view ago = " ago";
    constexpr base::Seconds longest{2147483646}; // as in the configuration
    if (text.ends_with(ago)) {
        text.remove_suffix(ago.size());
    } else if (text.starts_with('-')) {
        text.remove_prefix(1);
    }
    const bool has_unit = !text.empty() && base::is_letter(text.back()); // "2026" is no length
    const auto length = has_unit ? config::parse_time(text, longest) : std::nullopt;
    return length ? std::optional{now - *length} : std::nullopt;
}

std::optional<base::UnixTime> read_date(std::string_view text)
{
    Digits in{text};
    const std::chrono::year year{static_cast<int>(in.number(4, 9999))};
    in.require("-");
    const std::chrono::month month{in.number(2, 12)};
    in.require("-");
    const std::chrono::year_month_day date{year, month, std::chrono::day{in.number(2, 31)}};
    std::chrono::seconds clock{0};
    if (!in.is_empty()) {
        in.require("T ");
        clock += std::chrono::hours{in.number(2, 23)};
        in.require(":");
        clock += std::chrono::minutes{in.number(2, 59)};
        if (in.eat(":")) {
            clock += std::chrono::seconds{in.number(2, 60)};
        }
        in.eat("Z");
    }
    if (!in.is_whole() || !date.ok()) {
        return std::nullopt;
    }
    return std::chrono::sys_days{date} + clock;
}

} // namespace

std::optional<base::UnixTime> read_since(std::string_view text, base::UnixTime now)
{
    const auto date = read_date(text);
    return date ? date : read_length(text, now);
}

} // namespace ctl
