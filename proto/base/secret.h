// Secrets in memory: they are overwritten before the memory is freed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/base/bytes.h"

namespace base
{

/// Overwrites memory; the optimiser cannot remove this.
void wipe(MutableBytes memory) noexcept;
/// Overwrites the string's whole allocation, up to capacity(), and leaves the string empty.
void wipe(std::string& text) noexcept;

/// The shared secret of a host, 1 to 255 bytes. The destructor wipes the bytes.
class Token
{
public:
    static constexpr std::size_t max_bytes = 255;
    /// A shorter token can be guessed if guesses are not limited over all clients. A random one of this
    /// length, of letters and digits, has 82 bits or more.
    static constexpr std::size_t min_good_bytes = 16;

    /// The empty token. It never matches: the keeper compares digests, and no host has an empty token.
    Token() = default;
    ~Token() { wipe(bytes_); }
    Token(const Token&) = default;
    Token& operator=(const Token&) = default;
    Token(Token&&) = default; // copies the bytes; the source's destructor wipes its own
    Token& operator=(Token&&) = default;

    /// Empty optional if the text is empty or longer than max_bytes.
    static std::optional<Token> from(std::string_view text) noexcept;

    bool empty() const noexcept { return size_ == 0; }
    Bytes bytes() const noexcept { return {bytes_.data(), size_}; }

private:
    std::array<std::uint8_t, max_bytes> bytes_{};
    std::uint8_t size_ = 0;
};

/// For containers of bytes that may hold a secret: memory is wiped before it is freed.
template <typename Value>
struct WipingAllocator {
    using value_type = Value;

    Value* allocate(std::size_t count) { return std::allocator<Value>{}.allocate(count); }
    void deallocate(Value* memory, std::size_t count) noexcept
    {
        wipe({reinterpret_cast<std::uint8_t*>(memory), count * sizeof(Value)});
        std::allocator<Value>{}.deallocate(memory, count);
    }
    friend bool operator==(const WipingAllocator&, const WipingAllocator&) = default;
};

using WipedBytes = std::vector<std::uint8_t, WipingAllocator<std::uint8_t>>;

/// A token that uses only as much memory as it has bytes, for tables with one token per host. The destructor
/// wipes it.
class CompactToken
{
public:
    CompactToken() = default;
    explicit CompactToken(const Token& token) : CompactToken(token.bytes()) {}
    /// `bytes`: at most Token::max_bytes.
    explicit CompactToken(Bytes bytes) : bytes_(bytes.begin(), bytes.end()) {}

    bool empty() const noexcept { return bytes_.empty(); }
    Bytes bytes() const noexcept { return bytes_; }

private:
    WipedBytes bytes_;
};

} // namespace base
