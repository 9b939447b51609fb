// Bytes received and sent: a view, a reader that latches its first error, and a writer that latches
// its first overflow. All integers are in network byte order.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace base
{

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

inline Bytes as_bytes(std::string_view text) noexcept
{
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(Bytes bytes) noexcept
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// std::byteswap of C++23.
constexpr std::uint8_t swapped(std::uint8_t value) noexcept
{
    return value;
}
constexpr std::uint16_t swapped(std::uint16_t value) noexcept
{
    return __builtin_bswap16(value);
}
constexpr std::uint32_t swapped(std::uint32_t value) noexcept
{
    return __builtin_bswap32(value);
}
constexpr std::uint64_t swapped(std::uint64_t value) noexcept
{
    return __builtin_bswap64(value);
}

/// Reads the integer at `from`, which must have sizeof(Integer) bytes. It compiles to one load; a loop over
/// the bytes would not, and each query does this a dozen times.
template <typename Integer, std::endian Order = std::endian::big>
Integer load(const std::uint8_t* from) noexcept
{
    Integer value = 0;
    std::memcpy(&value, from, sizeof value);
    return Order == std::endian::native ? value : swapped(value);
}

template <typename Integer, std::endian Order = std::endian::big>
void store(std::uint8_t* to, Integer value) noexcept
{
    value = Order == std::endian::native ? value : swapped(value);
    std::memcpy(to, &value, sizeof value);
}

/// Reads fewer than eight bytes as a little-endian integer.
inline std::uint64_t load_little_endian(Bytes bytes) noexcept
{
    constexpr std::size_t half = sizeof(std::uint32_t);
    constexpr auto little = std::endian::little;
    const std::size_t size = bytes.size();
    if (size >= half) { // two loads, which may overlap
        const std::uint64_t high = load<std::uint32_t, little>(bytes.data() + size - half);
        return load<std::uint32_t, little>(bytes.data()) | high << 8 * (size - half);
    }
    if (size == 0) {
        return 0;
    }
    const std::size_t middle = size / 2;
    return bytes[0] | std::uint64_t{bytes[middle]} << 8 * middle |
           std::uint64_t{bytes[size - 1]} << 8 * (size - 1);
}

/// Reads from start to end. The first read past the end latches an error; every later read returns zeros.
/// Check ok() or finished() once, at the end.
class Reader
{
public:
    explicit Reader(Bytes input) noexcept : input_(input), end_(input.size()) {}

    std::uint8_t u8() noexcept { return integer<std::uint8_t>(); }
    std::uint16_t u16() noexcept { return integer<std::uint16_t>(); }
    std::uint32_t u32() noexcept { return integer<std::uint32_t>(); }
    std::uint64_t u64() noexcept { return integer<std::uint64_t>(); }

    /// A view of the next `count` bytes; empty after an error.
    Bytes take(std::size_t count) noexcept
    {
        if (count > left()) {
            fail();
            return {};
        }
        at_ += count;
        return {input_.data() + at_ - count, count};
    }

    template <std::size_t Size>
    std::array<std::uint8_t, Size> bytes() noexcept
    {
        std::array<std::uint8_t, Size> result{};
        const Bytes from = take(Size);
        std::copy(from.begin(), from.end(), result.begin());
        return result;
    }

    void fail() noexcept
    {
        ok_ = false;
        end_ = at_;
    }
    bool ok() const noexcept { return ok_; }
    /// True if no read failed and no bytes are left.
    bool finished() const noexcept { return ok_ && at_ == end_; }
    std::size_t position() const noexcept { return at_; }
    std::size_t left() const noexcept { return end_ - at_; }
    /// A view of the unread bytes.
    Bytes rest() const noexcept { return {input_.data() + at_, left()}; }
    /// The whole input, for compression pointers (RFC 1035 section 4.1.4).
    Bytes whole() const noexcept { return input_; }

private:
    template <typename Integer>
    Integer integer() noexcept
    {
        if (sizeof(Integer) > left()) {
            fail();
            return 0;
        }
        at_ += sizeof(Integer);
        return load<Integer>(input_.data() + at_ - sizeof(Integer));
    }

    Bytes input_;
    std::size_t at_ = 0;
    std::size_t end_; ///< of what may be read; after an error the current position
    bool ok_ = true;
};

/// Appends to a buffer of fixed size. A value that does not fit is not written at all, and latches an
/// overflow.
class Writer
{
public:
    explicit Writer(MutableBytes room) noexcept : room_(room), end_(room.size()) {}

    void u8(std::uint8_t value) noexcept { integer(value); }
    void u16(std::uint16_t value) noexcept { integer(value); }
    void u32(std::uint32_t value) noexcept { integer(value); }
    void u64(std::uint64_t value) noexcept { integer(value); }

    void bytes(Bytes bytes) noexcept
    {
        if (std::uint8_t* to = next(bytes.size())) {
            std::copy(bytes.begin(), bytes.end(), to);
        }
    }
    template <std::size_t Size>
    void bytes(const std::array<std::uint8_t, Size>& bytes) noexcept
    {
        if (std::uint8_t* to = next(Size)) {
            std::memcpy(to, bytes.data(), Size);
        }
    }
    /// Reserves `count` bytes, to be written later with at().
    void skip(std::size_t count) noexcept { next(count); }

    /// For overwriting bytes that were written or skipped.
    std::uint8_t* at(std::size_t offset) noexcept { return room_.data() + offset; }
    /// Overwrites two bytes that were written before.
    void patch_u16(std::size_t offset, std::uint16_t value) noexcept { store(at(offset), value); }

    /// Discards everything after the first `size` bytes, and clears an overflow. `size` must not exceed
    /// size().
    void rewind(std::size_t size) noexcept
    {
        at_ = size;
        end_ = room_.size();
        ok_ = true;
    }

    bool ok() const noexcept { return ok_; }
    std::size_t size() const noexcept { return at_; }
    std::size_t left() const noexcept { return room_.size() - at_; }
    Bytes written() const noexcept { return room_.first(at_); }

private:
    /// The place for the next `count` bytes; null if they do not fit.
    std::uint8_t* next(std::size_t count) noexcept
    {
        if (count > end_ - at_) {
            ok_ = false;
            end_ = at_;
            return nullptr;
        }
        at_ += count;
        return room_.data() + at_ - count;
    }

    template <typename Integer>
    void integer(Integer value) noexcept
    {
        if (std::uint8_t* to = next(sizeof value)) {
            store(to, value);
        }
    }

    MutableBytes room_;
    std::size_t at_ = 0;
    std::size_t end_; ///< of what may be written; after an overflow the current position
    bool ok_ = true;
};

} // namespace base
