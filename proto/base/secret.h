// What must not be left behind in memory.
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

/// Overwrites memory in a way that no optimiser leaves out.
void wipe(MutableBytes memory) noexcept;
/// Overwrites the whole allocation, what lies behind size() too, and leaves the string empty.
void wipe(std::string& text) noexcept;

/// The shared secret of a host, 1 to 255 bytes; the bytes are wiped when it goes.
class Token
{
public:
    static constexpr std::size_t max_bytes = 255;

    /// The empty token: it opens nothing (the keeper compares digests, and no host's token is empty).
    Token() = default;
    ~Token() { wipe(bytes_); }
    Token(const Token&) = default;
    Token& operator=(const Token&) = default;
    Token(Token&&) = default; // bytes are copied; the source wipes its own when it goes
    Token& operator=(Token&&) = default;

    /// Nothing if the text is longer than max_bytes or empty.
    static std::optional<Token> from(std::string_view text) noexcept;

    bool empty() const noexcept { return size_ == 0; }
    Bytes bytes() const noexcept { return {bytes_.data(), size_}; }

private:
    std::array<std::uint8_t, max_bytes> bytes_{};
    std::uint8_t size_ = 0;
};

/// For containers of bytes in which a secret may pass: memory is wiped before it is given back.
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

/// A token in as much memory as it has bytes, for who has one of each host; wiped when it goes.
class KeptToken
{
public:
    /// The empty one.
    KeptToken() = default;
    explicit KeptToken(const Token& token) : KeptToken(token.bytes()) {}
    /// Of at most Token::max_bytes.
    explicit KeptToken(Bytes bytes) : bytes_(bytes.begin(), bytes.end()) {}

    bool empty() const noexcept { return bytes_.empty(); }
    Bytes bytes() const noexcept { return bytes_; }

private:
    WipedBytes bytes_;
};

} // namespace base
