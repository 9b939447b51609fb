// Bytes from and for the wire: a view, a reader that latches its first error, a writer that latches
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

/// What std::byteswap of C++23 is.
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

/// The integer whose bytes begin at `from`; there must be as many as it has. One load, where a loop over
/// bytes is as many as there are bytes: every query pays for it a dozen times.
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

/// The integer that fewer than eight bytes are, the lowest one first.
inline std::uint64_t load_little_endian(Bytes bytes) noexcept
{
    constexpr std::size_t half = sizeof(std::uint32_t);
    constexpr auto little = std::endian::little;
    const std::size_t size = bytes.size();
    if (size >= half) { // its two halves; where they overlap, they agree
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

/// Reads straight through; the first read past the end latches an error, after which every read yields
/// zeroes. Ask ok() or finished() once, at the end.
class Reader
{
public:
    explicit Reader(Bytes input) noexcept : input_(input), end_(input.size()) {}

    std::uint8_t u8() noexcept { return integer<std::uint8_t>(); }
    std::uint16_t u16() noexcept { return integer<std::uint16_t>(); }
    std::uint32_t u32() noexcept { return integer<std::uint32_t>(); }
    std::uint64_t u64() noexcept { return integer<std::uint64_t>(); }

    /// The next `count` bytes, in place; empty after an error.
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
    /// True if nothing failed and nothing is left over.
    bool finished() const noexcept { return ok_ && at_ == end_; }
    std::size_t position() const noexcept { return at_; }
    std::size_t left() const noexcept { return end_ - at_; }
    /// What was not read yet, in place.
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
    std::size_t end_; ///< how far it may be read; after an error not a step further
    bool ok_ = true;
};

/// Appends to a buffer of fixed size; what does not fit latches an overflow and is left out whole.
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
    /// Keeps `count` bytes free, to be written by somebody else.
    void skip(std::size_t count) noexcept { next(count); }

    /// To overwrite what was written or skipped before.
    std::uint8_t* at(std::size_t offset) noexcept { return room_.data() + offset; }
    /// Overwrites two bytes that were written before; `offset` must lie in what was written.
    void patch_u16(std::size_t offset, std::uint16_t value) noexcept { store(at(offset), value); }

    /// Takes back all from `size` on, and an overflow with it; `size` is at most what was written.
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
    /// Where the next `count` bytes go; null where they do not fit.
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
    std::size_t end_; ///< how far it may be written; after an overflow not a step further
    bool ok_ = true;
};

} // namespace base
