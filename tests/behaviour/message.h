// Builds queries byte by byte, so that they can be malformed in any way. Nothing of proto/dns is used here:
// the tests must not depend on the daemon's view of the wire format.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace behaviour
{

using ByteVector = std::vector<std::uint8_t>;
using Numbers = std::vector<std::uint16_t>;

// RFC 1035 section 4.1.1, RFC 6895 section 2
inline constexpr std::uint16_t qr = 0x8000;
inline constexpr std::uint16_t aa = 0x0400;
inline constexpr std::uint16_t tc = 0x0200;
inline constexpr std::uint16_t rd = 0x0100;
inline constexpr std::uint16_t ra = 0x0080;
inline constexpr std::uint16_t z = 0x0040;
inline constexpr std::uint16_t ad = 0x0020;
inline constexpr std::uint16_t cd = 0x0010;
/// In the OPT record's TTL (RFC 3225 section 3).
inline constexpr std::uint16_t dnssec_ok = 0x8000;

namespace type
{
inline constexpr std::uint16_t a = 1;
inline constexpr std::uint16_t ns = 2;
inline constexpr std::uint16_t cname = 5;
inline constexpr std::uint16_t soa = 6;
inline constexpr std::uint16_t ptr = 12;
inline constexpr std::uint16_t mx = 15;
inline constexpr std::uint16_t txt = 16;
inline constexpr std::uint16_t aaaa = 28;
inline constexpr std::uint16_t srv = 33;
inline constexpr std::uint16_t opt = 41;
inline constexpr std::uint16_t ds = 43;
inline constexpr std::uint16_t rrsig = 46;
inline constexpr std::uint16_t dnskey = 48;
inline constexpr std::uint16_t https = 65;
inline constexpr std::uint16_t tsig = 250;
inline constexpr std::uint16_t ixfr = 251;
inline constexpr std::uint16_t axfr = 252;
inline constexpr std::uint16_t any = 255;
} // namespace type

namespace klass
{
inline constexpr std::uint16_t in = 1;
inline constexpr std::uint16_t ch = 3;
inline constexpr std::uint16_t any = 255;
} // namespace klass

namespace option
{
inline constexpr std::uint16_t nsid = 3;            // RFC 5001
inline constexpr std::uint16_t client_subnet = 8;   // RFC 7871
inline constexpr std::uint16_t expire = 9;          // RFC 7314
inline constexpr std::uint16_t cookie = 10;         // RFC 7873
inline constexpr std::uint16_t keepalive = 11;      // RFC 7828
inline constexpr std::uint16_t padding = 12;        // RFC 7830
inline constexpr std::uint16_t extended_error = 15; // RFC 8914
} // namespace option

/// The wire form of a name; a backslash makes the next character a part of its label.
inline ByteVector wire(std::string_view text)
{
    ByteVector name;
    ByteVector label;
    const auto end_label = [&] {
        if (!label.empty()) {
            name.push_back(static_cast<std::uint8_t>(label.size()));
            name.insert(name.end(), label.begin(), label.end());
            label.clear();
        }
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '.') {
            end_label();
            continue;
        }
        if (text[i] == '\\') {
            ++i;
        }
        label.push_back(static_cast<std::uint8_t>(text[i]));
    }
    end_label();
    name.push_back(0);
    return name;
}

inline ByteVector join(std::initializer_list<ByteVector> parts)
{
    ByteVector all;
    for (const ByteVector& part : parts) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

inline ByteVector two_bytes(std::size_t value)
{
    return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

/// An EDNS option (RFC 6891 section 6.1.2).
inline ByteVector edns_option(std::uint16_t code, const ByteVector& data = {})
{
    return join({two_bytes(code), two_bytes(data.size()), data});
}

class Message
{
public:
    static constexpr std::uint16_t usual_id = 0xBEEF;

    explicit Message(std::uint16_t flags = rd, std::uint16_t id = usual_id) : bytes_(12)
    {
        put(0, id);
        put(2, flags);
    }
    Message& question(const ByteVector& owner, std::uint16_t type, std::uint16_t klass = klass::in)
    {
        return raw(owner).raw(two_bytes(type)).raw(two_bytes(klass)).count(4, 1);
    }
    /// `section`: 1 answer, 2 authority, 3 additional.
    Message& record(std::size_t section, const ByteVector& owner, std::uint16_t type, std::uint16_t klass,
                    std::uint32_t ttl, const ByteVector& data)
    {
        raw(owner).raw(two_bytes(type)).raw(two_bytes(klass));
        raw(two_bytes(ttl >> 16)).raw(two_bytes(ttl & 0xFFFFU));
        return raw(two_bytes(data.size())).raw(data).count(4 + 2 * section, 1);
    }
    Message& opt(std::uint16_t size = 4096, std::uint32_t ttl = 0, const ByteVector& options = {})
    {
        udp_limit_ = std::clamp<std::size_t>(size, 512, 1232);
        return record(3, ByteVector{0}, type::opt, size, ttl, options);
    }
    Message& raw(const ByteVector& bytes)
    {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        return *this;
    }
    /// Adds to the count at `offset` in the header.
    Message& count(std::size_t offset, int more)
    {
        put(offset, static_cast<std::uint16_t>((bytes_[offset] << 8 | bytes_[offset + 1]) + more));
        return *this;
    }
    const ByteVector& bytes() const noexcept { return bytes_; }
    /// The longest allowed UDP reply: the requestor's size, at least 512 (RFC 6891 section 6.2.3), and at
    /// most 1232 bytes.
    std::size_t udp_limit() const noexcept { return udp_limit_; }

private:
    void put(std::size_t offset, std::uint16_t value)
    {
        bytes_[offset] = static_cast<std::uint8_t>(value >> 8);
        bytes_[offset + 1] = static_cast<std::uint8_t>(value);
    }
    ByteVector bytes_;
    std::size_t udp_limit_ = 512;
};

inline Message ask(std::string_view owner, std::uint16_t type, std::uint16_t flags = rd)
{
    return std::move(Message{flags}.question(wire(owner), type));
}

} // namespace behaviour
