// Octets from and for the wire: a view, a reader that latches its first error, a writer that latches
// its first overflow. All integers are in network byte order.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
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

inline std::string_view as_text(Bytes octets) noexcept
{
    return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

/// Reads straight through; the first read past the end latches an error, after which every read yields
/// zeroes. Ask ok() or finished() once, at the end.
class Reader
{
public:
    explicit Reader(Bytes input) noexcept : input_(input) {}

    std::uint8_t u8() noexcept { return static_cast<std::uint8_t>(integer<1>()); }
    std::uint16_t u16() noexcept { return static_cast<std::uint16_t>(integer<2>()); }
    std::uint32_t u32() noexcept { return static_cast<std::uint32_t>(integer<4>()); }
    std::uint64_t u64() noexcept { return integer<8>(); }

    /// The next `count` octets, in place; empty after an error.
    Bytes take(std::size_t count) noexcept
    {
        if (!ok_ || count > input_.size() - at_) {
            fail();
            return {};
        }
        at_ += count;
        return input_.subspan(at_ - count, count);
    }

    template <std::size_t Size>
    std::array<std::uint8_t, Size> octets() noexcept
    {
        std::array<std::uint8_t, Size> result{};
        const Bytes from = take(Size);
        std::copy(from.begin(), from.end(), result.begin());
        return result;
    }

    void fail() noexcept { ok_ = false; }
    bool ok() const noexcept { return ok_; }
    /// True if nothing failed and nothing is left over.
    bool finished() const noexcept { return ok_ && at_ == input_.size(); }
    std::size_t position() const noexcept { return at_; }
    std::size_t left() const noexcept { return ok_ ? input_.size() - at_ : 0; }
    /// The whole input, for compression pointers (RFC 1035 section 4.1.4).
    Bytes whole() const noexcept { return input_; }

private:
    template <std::size_t Size>
    std::uint64_t integer() noexcept
    {
        std::uint64_t value = 0;
        for (const std::uint8_t octet : take(Size)) {
            value = value << 8 | octet;
        }
        return value;
    }

    Bytes input_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

/// Appends to a buffer of fixed size; what does not fit latches an overflow and is left out whole.
class Writer
{
public:
    explicit Writer(MutableBytes room) noexcept : room_(room) {}

    void u8(std::uint8_t value) noexcept { integer<1>(value); }
    void u16(std::uint16_t value) noexcept { integer<2>(value); }
    void u32(std::uint32_t value) noexcept { integer<4>(value); }
    void u64(std::uint64_t value) noexcept { integer<8>(value); }

    void bytes(Bytes octets) noexcept
    {
        if (!ok_ || octets.size() > room_.size() - at_) {
            ok_ = false;
            return;
        }
        std::copy(octets.begin(), octets.end(), room_.begin() + static_cast<std::ptrdiff_t>(at_));
        at_ += octets.size();
    }

    /// Overwrites two octets that were written before; `offset` must lie in what was written.
    void patch_u16(std::size_t offset, std::uint16_t value) noexcept
    {
        room_[offset] = static_cast<std::uint8_t>(value >> 8);
        room_[offset + 1] = static_cast<std::uint8_t>(value);
    }

    /// Takes back all from `size` on, and an overflow with it; `size` is at most what was written.
    void rewind(std::size_t size) noexcept
    {
        at_ = size;
        ok_ = true;
    }

    bool ok() const noexcept { return ok_; }
    std::size_t size() const noexcept { return at_; }
    std::size_t left() const noexcept { return room_.size() - at_; }
    Bytes written() const noexcept { return room_.first(at_); }

private:
    template <std::size_t Size>
    void integer(std::uint64_t value) noexcept
    {
        std::array<std::uint8_t, Size> octets{};
        for (std::size_t i = Size; i-- > 0; value >>= 8) {
            octets[i] = static_cast<std::uint8_t>(value);
        }
        bytes(octets);
    }

    MutableBytes room_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

} // namespace base
