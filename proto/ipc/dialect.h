// The dialects of update clients (proto/http/dialects), as other processes name them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ipc
{

/// The numbers are in the state, too (proto/journal/commit.h).
enum class Dialect : std::uint8_t { dyndns2 = 1, duckdns = 2, api = 3, acme_dns = 4, httpreq = 5, page = 6 };
constexpr bool valid(Dialect dialect)
{
    return dialect >= Dialect::dyndns2 && dialect <= Dialect::page;
}

inline constexpr std::array<std::string_view, 6> names_of_dialects = {"dyndns2",  "duckdns", "api",
                                                                      "acme-dns", "httpreq", "page"};

/// For logs, tables and labels: lower-case letters, digits and '-'.
constexpr std::string_view to_text(Dialect dialect)
{
    return names_of_dialects[static_cast<std::size_t>(dialect) - 1];
}

} // namespace ipc
