// Parameters as a form sends them: application/x-www-form-urlencoded, in a query or in a body.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace http
{

enum class QueryError : std::uint8_t {
    none = 1,
    no_equals_sign = 2, ///< a piece between two '&' is no NAME=VALUE; an empty piece is none either
    bad_escape = 3,     ///< '%' without two hexadecimal digits (RFC 3986 section 2.1)
    too_many = 4,
};

/// Names and values, decoded: %XX is a byte and '+' is a blank. Names keep their case. One of the
/// values is a token, so all of it is wiped when it goes. Takes no more memory than the text had bytes.
class Parameters
{
public:
    static constexpr std::size_t max_count = 64;

    Parameters() = default;
    ~Parameters();
    Parameters(const Parameters&) = delete;
    Parameters& operator=(const Parameters&) = delete;
    Parameters(Parameters&&) = delete;
    Parameters& operator=(Parameters&&) = delete;

    /// Adds the parameters of `form`; an empty text is an error, because its one piece has no '='. After a
    /// error those before it are there. Views that find() gave are void.
    [[nodiscard]] QueryError add(std::string_view form);

    /// The value; of several the last one.
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    std::size_t count() const noexcept { return count_; }

private:
    struct Entry {
        std::size_t name = 0;  ///< where it begins in decoded_
        std::size_t value = 0; ///< the same, and the name's end
        std::size_t end = 0;
    };

    void grow(std::size_t bytes);
    bool decode(std::string_view text);
    QueryError add_piece(std::string_view piece);

    std::string decoded_;
    std::array<Entry, max_count> entries_{};
    std::size_t count_ = 0;
};

} // namespace http
