// Encodes messages to records, and decodes records to messages.
//
// A message is a struct with `static constexpr std::uint8_t tag` and
// `static void fields(auto& m, auto& code) { code(m.a); code(m.b); }`, which lists its fields once. The
// messages that are allowed in one direction of a channel are a std::variant of such structs. A record is the
// tag followed by the fields. A record is malformed if it has an unknown tag or an invalid value, or if it is
// too short or too long.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "proto/base/address.h"
#include "proto/base/bytes.h"
#include "proto/base/network.h"
#include "proto/base/secret.h"
#include "proto/base/time.h"
#include "proto/base/token_hash.h"
#include "proto/dns/compact_name.h"
#include "proto/dns/name.h"

namespace ipc
{

using base::Bytes;
using base::MutableBytes;

/// The longest record on any channel, in bytes. Records in a setup memfd are limited only by its size.
inline constexpr std::size_t max_record = 5632;

/// The longest record of one kind of message: 1024 bytes, unless the message says how many it needs.
template <typename Message>
constexpr std::size_t longest_record_of() noexcept
{
    if constexpr (requires { Message::longest_record; }) {
        static_assert(Message::longest_record <= max_record);
        return Message::longest_record;
    }
    return 1024;
}

/// The longest record of a direction of a channel, in bytes.
template <typename Variant>
inline constexpr std::size_t longest_record = 0;
template <typename... Kinds>
inline constexpr std::size_t
    longest_record<std::variant<Kinds...>> = std::max({longest_record_of<Kinds>()...});

/// Identifies a pending request on one channel. The sender of the request chooses it.
enum class RequestId : std::uint32_t {};
constexpr bool valid(RequestId)
{
    return true;
}

/// The index of a host in the config. Keeper and responders use the same, because they have the same config.
enum class HostIndex : std::uint32_t {};
constexpr bool valid(HostIndex)
{
    return true;
}

class Encoder
{
public:
    explicit Encoder(base::Writer& out) noexcept : out_(out) {}

    void operator()(bool value) noexcept { out_.u8(value ? 1 : 0); }
    void operator()(std::uint8_t value) noexcept { out_.u8(value); }
    void operator()(std::uint16_t value) noexcept { out_.u16(value); }
    void operator()(std::uint32_t value) noexcept { out_.u32(value); }
    void operator()(std::uint64_t value) noexcept { out_.u64(value); }
    void operator()(base::Seconds value) noexcept { out_.u64(static_cast<std::uint64_t>(value.count())); }
    void operator()(base::UnixTime value) noexcept { (*this)(value.time_since_epoch()); }
    void operator()(base::Uptime value) noexcept { out_.u64(static_cast<std::uint64_t>(value.count())); }
    void operator()(const dns::Name& name) noexcept { out_.bytes(name.wire()); }
    void operator()(const dns::CompactName& name) noexcept { out_.bytes(name.wire()); }
    void operator()(const base::Address4& address) noexcept { out_.bytes(address.bytes); }
    void operator()(const base::Address6& address) noexcept { out_.bytes(address.bytes); }
    void operator()(const base::Address& address) noexcept { out_.bytes(address.as6().bytes); }
    void operator()(const base::Network& network) noexcept
    {
        (*this)(network.address);
        out_.u8(network.length);
    }
    void operator()(const base::Prefix6& prefix) noexcept
    {
        (*this)(prefix.address);
        out_.u8(prefix.length);
    }
    void operator()(const base::TokenHash& hash) noexcept
    {
        (*this)(hash.digest);
        (*this)(hash.salt);
    }
    void operator()(const base::Token& token) noexcept
    {
        out_.u8(static_cast<std::uint8_t>(token.bytes().size()));
        out_.bytes(token.bytes());
    }
    void operator()(const std::string& text) noexcept
    {
        out_.u16(static_cast<std::uint16_t>(text.size()));
        out_.bytes(base::as_bytes(text));
    }
    template <std::size_t Size>
    void operator()(const std::array<std::uint8_t, Size>& bytes) noexcept
    {
        out_.bytes(bytes);
    }
    template <typename Enum>
    requires std::is_enum_v<Enum>
    void operator()(Enum value) noexcept { (*this)(static_cast<std::underlying_type_t<Enum>>(value)); }
    template <typename Value>
    void operator()(const std::optional<Value>& value) noexcept
    {
        (*this)(value.has_value());
        if (value) {
            (*this)(*value);
        }
    }
    /// At most 65535 elements, here and below; the caller must ensure it.
    void operator()(const std::vector<std::uint8_t>& bytes) noexcept
    {
        out_.u16(static_cast<std::uint16_t>(bytes.size()));
        out_.bytes(bytes);
    }
    template <typename Value>
    void operator()(const std::vector<Value>& values) noexcept
    {
        out_.u16(static_cast<std::uint16_t>(values.size()));
        for (const Value& value : values) {
            (*this)(value);
        }
    }
    template <typename Value>
    void operator()(const std::vector<Value>& values, std::size_t /*most*/) noexcept
    {
        (*this)(values);
    }
    template <typename Struct>
    requires requires(const Struct& s, Encoder& e) { Struct::fields(s, e); }
    void operator()(const Struct& value) noexcept { Struct::fields(value, *this); }

private:
    base::Writer& out_;
};

class Decoder
{
public:
    explicit Decoder(base::Reader& in) noexcept : in_(in) {}

    void operator()(bool& value) noexcept { value = bounded(1) == 1; }
    void operator()(std::uint8_t& value) noexcept { value = in_.u8(); }
    void operator()(std::uint16_t& value) noexcept { value = in_.u16(); }
    void operator()(std::uint32_t& value) noexcept { value = in_.u32(); }
    void operator()(std::uint64_t& value) noexcept { value = in_.u64(); }
    void operator()(base::Seconds& value) noexcept
    {
        const std::uint64_t count = in_.u64();
        if (count > max_seconds) {
            in_.fail();
            return;
        }
        value = base::Seconds{static_cast<std::int64_t>(count)};
    }
    void operator()(base::UnixTime& value) noexcept
    {
        base::Seconds since_1970{};
        (*this)(since_1970);
        value = base::UnixTime{since_1970};
    }
    void operator()(base::Uptime& value) noexcept
    {
        const std::uint64_t count = in_.u64();
        if (count >= static_cast<std::uint64_t>(base::max_uptime.count())) {
            in_.fail();
            return;
        }
        value = base::Uptime{static_cast<std::int64_t>(count)};
    }
    void operator()(dns::Name& name) noexcept { name = dns::Name::read(in_, dns::Compression::forbidden); }
    void operator()(dns::CompactName& name)
    {
        name = dns::CompactName{dns::Name::read(in_, dns::Compression::forbidden)};
    }
    void operator()(base::Address4& address) noexcept { address.bytes = in_.bytes<4>(); }
    void operator()(base::Address6& address) noexcept { address.bytes = in_.bytes<16>(); }
    void operator()(base::Address& address) noexcept
    {
        address = base::Address{base::Address6{in_.bytes<16>()}};
    }
    void operator()(base::Network& network) noexcept
    {
        (*this)(network.address);
        network.length = bounded(static_cast<std::uint8_t>(network.address.bytes().size() * 8));
    }
    void operator()(base::Prefix6& prefix) noexcept
    {
        (*this)(prefix.address);
        prefix.length = bounded(128);
        if (base::prefix_of(prefix.address, prefix.length) != prefix) {
            in_.fail();
        }
    }
    void operator()(base::TokenHash& hash) noexcept
    {
        (*this)(hash.digest);
        (*this)(hash.salt);
    }
    /// An empty token is valid: it means that none was given, and it never matches.
    void operator()(base::Token& token) noexcept
    {
        const Bytes bytes = in_.take(in_.u8());
        token = base::Token::from(base::as_text(bytes)).value_or(base::Token{});
    }
    void operator()(std::string& text)
    {
        const Bytes bytes = in_.take(in_.u16());
        text.assign(base::as_text(bytes));
    }
    template <std::size_t Size>
    void operator()(std::array<std::uint8_t, Size>& bytes) noexcept
    {
        bytes = in_.bytes<Size>();
    }
    template <typename Enum>
    requires std::is_enum_v<Enum>
    void operator()(Enum& value) noexcept
    {
        std::underlying_type_t<Enum> number{};
        (*this)(number);
        value = static_cast<Enum>(number);
        if (!valid(value)) {
            in_.fail();
        }
    }
    template <typename Value>
    void operator()(std::optional<Value>& value) noexcept
    {
        value.reset();
        if (bounded(1) == 1) {
            (*this)(value.emplace());
        }
    }
    void operator()(std::vector<std::uint8_t>& bytes)
    {
        const Bytes taken = in_.take(in_.u16());
        bytes.assign(taken.begin(), taken.end());
    }
    template <typename Value>
    void operator()(std::vector<Value>& values)
    {
        (*this)(values, 0xFFFF);
    }
    /// A list with more than `most` elements is malformed, so it uses no memory.
    template <typename Value>
    void operator()(std::vector<Value>& values, std::size_t most)
    {
        const std::size_t count = in_.u16();
        if (count > most) {
            in_.fail();
        }
        std::size_t read = 0;
        for (; read < count && in_.ok(); ++read) {
            if (read == values.size()) {
                values.emplace_back();
            }
            (*this)(values[read]);
        }
        while (values.size() > read) {
            values.pop_back();
        }
    }
    template <typename Struct>
    requires requires(Struct& s, Decoder& d) { Struct::fields(s, d); }
    void operator()(Struct& value) { Struct::fields(value, *this); }

private:
    static constexpr std::uint64_t max_seconds = std::uint64_t{1} << 40; // past the year 30000

    std::uint8_t bounded(std::uint8_t max) noexcept
    {
        const std::uint8_t value = in_.u8();
        if (value > max) {
            in_.fail();
            return 0;
        }
        return value;
    }

    base::Reader& in_;
};

template <typename Message>
void write_record(const Message& message, base::Writer& out)
{
    out.u8(Message::tag);
    Encoder{out}(message);
}

template <typename... Kinds>
void write_record(const std::variant<Kinds...>& message, base::Writer& out)
{
    std::visit([&](const auto& m) { write_record(m, out); }, message);
}

/// Writes the record of `message` to `room`. Empty if it does not fit.
template <typename Variant>
Bytes encode(const Variant& message, MutableBytes room)
{
    base::Writer out{room};
    write_record(message, out);
    return out.ok() ? out.written() : Bytes{};
}

/// Decodes one whole record. `result` is empty if it is malformed.
template <typename Variant>
void decode(Bytes record, std::optional<Variant>& result)
{
    base::Reader in{record};
    const std::uint8_t tag = in.u8();
    result.reset();
    const auto try_alternative = [&]<std::size_t Index>() {
        using Message = std::variant_alternative_t<Index, Variant>;
        if (in.ok() && tag == Message::tag) {
            Decoder decoder{in};
            decoder(result.emplace().template emplace<Index>());
        }
    };
    [&]<std::size_t... Index>(std::index_sequence<Index...>)
    {
        (try_alternative.template operator()<Index>(), ...);
    }
    (std::make_index_sequence<std::variant_size_v<Variant>>{});
    if (!in.finished()) {
        result.reset();
    }
}

template <typename Variant>
std::optional<Variant> decode(Bytes record)
{
    std::optional<Variant> result;
    decode(record, result);
    return result;
}

} // namespace ipc
