// A host as text and as JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/json.h"
#include "ctl/names.h"
#include "proto/base/time.h"
#include "proto/ipc/admin.h"

namespace ctl
{

namespace admin = ipc::admin;

/// "dynamic", "static" and so on, as the JSON and the notes have it.
std::string_view word_for(admin::HostKind kind);

/// The first of the addresses, and how many more there are: "192.0.2.7 +2". Empty if there is none.
/// `left_out`: addresses that are not in the list.
template <typename Addresses>
std::string first_of(const Addresses& addresses, std::size_t left_out)
{
    if (addresses.empty()) {
        return "";
    }
    const std::size_t more = addresses.size() - 1 + left_out;
    return to_text(addresses.front()) + (more == 0 ? "" : " +" + std::to_string(more));
}

/// What deserves a note in the table: "follows home", "static", "overdue since 8 d, 3 refused".
std::string note(const admin::HostRow& row, const Names& names, base::UnixTime now);

/// A word of the daemon's tables, made safe to print.
std::string word(std::string_view text);

/// An administrator is not a client that was seen.
bool is_set_by_administrator(const admin::HostRow& row);

/// "from 192.0.2.9 by dyndns2", or the part of it that is known; empty if nothing is.
std::string origin(const std::optional<base::Address>& from, std::string_view by);

/// The value of the host: an object.
void write(Json& json, const admin::HostRow& row, const std::vector<dns::CompactName>& followers,
           const Names& names);

template <typename Addresses>
void write_addresses(Json& json, std::string_view key, const Addresses& addresses)
{
    json.key(key).open_list();
    for (const auto& address : addresses) {
        json.value(to_text(address));
    }
    json.close_list();
}

} // namespace ctl
