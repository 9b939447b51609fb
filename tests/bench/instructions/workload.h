// A responder's setup and its queries, the same in each run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/responder/setup.h"
#include "proto/dns/header.h"
#include "proto/dns/name.h"
#include "proto/dns/types.h"
#include "proto/ipc/setup.h"

namespace workload
{

using ByteVector = std::vector<std::uint8_t>;

inline constexpr base::SipKey cookie_secret{0x5A, 1, 2, 3};
inline constexpr ByteVector::value_type client_cookie[] = {1, 2, 3, 4, 5, 6, 7, 8};

inline dns::Name name(std::string_view text)
{
    return *dns::Name::from_text(text);
}

inline ipc::ResponderSetup head()
{
    ipc::ResponderSetup head;
    head.apex = name("dyn.example.test");
    head.name_servers = {name("ns.example.test")};
    head.mailbox = name("hostmaster.example.test");
    head.cookie_secrets = {cookie_secret};
    head.rate_limit = 1'000'000'000; // enabled, but never reached
    return head;
}

/// Hosts h0, h1 and so on, each with A and AAAA.
inline ByteVector setup(std::uint32_t hosts)
{
    ByteVector bytes;
    ipc::append_record(bytes, head());
    for (std::uint32_t i = 0; i < hosts; ++i) {
        const auto low = static_cast<std::uint8_t>(i);
        const auto high = static_cast<std::uint8_t>(i >> 8);
        ipc::HostSetup host{name("h" + std::to_string(i) + ".dyn.example.test"), 60, {}};
        host.records.push_back({1, {192, 0, high, low}});
        host.records.push_back({28, {0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, high, low}});
        ipc::append_record(bytes, host);
    }
    return bytes;
}

/// A query of class IN with EDNS and these options.
inline ByteVector query(std::uint16_t id, std::string_view owner, dns::Type type,
                        const ByteVector& options = {})
{
    ByteVector room(dns::max_udp_bytes);
    base::Writer out{room};
    dns::Header{id, dns::flag::rd, 1, 0, 0, 1}.write(out);
    out.bytes(name(owner).wire());
    out.u16(static_cast<std::uint16_t>(type));
    out.u16(static_cast<std::uint16_t>(dns::Class::in));
    out.u8(0);
    out.u16(static_cast<std::uint16_t>(dns::Type::opt));
    out.u16(dns::max_udp_bytes);
    out.u32(0);
    out.u16(static_cast<std::uint16_t>(options.size()));
    out.bytes(options);
    room.resize(out.size());
    return room;
}

/// A COOKIE option with a valid server cookie for a client at 127.0.0.1.
inline ByteVector good_cookie(dns::CookieTime now)
{
    dns::CookieOption asked;
    std::copy(std::begin(client_cookie), std::end(client_cookie), asked.client.begin());
    const dns::ServerCookie made =
        dns::make_server_cookie(cookie_secret, asked, base::Address{base::Address4{{127, 0, 0, 1}}}, now);
    ByteVector option{0, static_cast<std::uint8_t>(dns::OptionCode::cookie), 0, 24};
    option.insert(option.end(), asked.client.begin(), asked.client.end());
    option.insert(option.end(), made.begin(), made.end());
    return option;
}

/// Nine queries for hosts, A and AAAA by turns, then one for a missing name. `options` as for query().
inline std::vector<ByteVector> mix(std::uint32_t hosts, std::size_t count, const ByteVector& options = {})
{
    std::vector<ByteVector> queries;
    std::uint32_t host = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const bool is_missing = i % 10 == 9;
        const std::string owner = (is_missing ? "missing" : "h" + std::to_string(host)) + ".dyn.example.test";
        queries.push_back(query(static_cast<std::uint16_t>(i), owner,
                                i % 2 == 0 ? dns::Type::a : dns::Type::aaaa, options));
        host = (host + 7919) % hosts; // a prime step, so that consecutive hosts are not neighbours in memory
    }
    return queries;
}

} // namespace workload
