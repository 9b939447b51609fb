// Form parameters: application/x-www-form-urlencoded, from a query or a body.
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
    bad_escape = 2, ///< '%' without two hexadecimal digits (RFC 3986 section 2.1)
    too_many = 3,
};

/// Decoded names and values: %XX is a byte and '+' is a space. An empty piece between two '&' is nothing, and
/// a name without '=' has an empty value (https://url.spec.whatwg.org/#urlencoded-parsing). Names keep their
/// case. One of the values is a token, so the destructor wipes them all. The decoded text is never larger
/// than the form.
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

    /// Adds the parameters of `form`. After an error the parameters before it have been added. Invalidates
    /// views from find() and name().
    [[nodiscard]] QueryError add(std::string_view form);

    /// The value of this name; the last one if there are several.
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    std::size_t count() const noexcept { return count_; }
    /// Of a parameter below count().
    std::string_view name(std::size_t index) const noexcept;
    std::string_view value(std::size_t index) const noexcept;

private:
    struct Entry {
        std::size_t name = 0;  ///< offset in decoded_
        std::size_t value = 0; ///< offset in decoded_, and the end of the name
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
