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

/// The shared secret of a host, 1 to 255 octets; the octets are wiped when it goes.
class Token
{
public:
    static constexpr std::size_t max_octets = 255;

    /// The empty token: it opens nothing (the keeper compares digests, and no host's token is empty).
    Token() = default;
    ~Token() { wipe(octets_); }
    Token(const Token&) = default;
    Token& operator=(const Token&) = default;
    Token(Token&&) = default; // octets are copied; the source wipes its own when it goes
    Token& operator=(Token&&) = default;

    /// Nothing if the text is longer than max_octets or empty.
    static std::optional<Token> from(std::string_view text) noexcept;

    bool empty() const noexcept { return size_ == 0; }
    Bytes octets() const noexcept { return {octets_.data(), size_}; }

private:
    std::array<std::uint8_t, max_octets> octets_{};
    std::uint8_t size_ = 0;
};

/// For containers of octets in which a secret may pass: memory is wiped before it is given back.
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

using WipedOctets = std::vector<std::uint8_t, WipingAllocator<std::uint8_t>>;

/// A token in as much memory as it has octets, for who has one of each host; wiped when it goes.
class KeptToken
{
public:
    /// The empty one.
    KeptToken() = default;
    explicit KeptToken(const Token& token) : KeptToken(token.octets()) {}
    /// Of at most Token::max_octets.
    explicit KeptToken(Bytes octets) : octets_(octets.begin(), octets.end()) {}

    bool empty() const noexcept { return octets_.empty(); }
    Bytes octets() const noexcept { return octets_; }

private:
    WipedOctets octets_;
};

} // namespace base
