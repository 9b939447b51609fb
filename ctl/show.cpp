// All of one host.
#include <utility>

#include "ctl/commands.h"
#include "ctl/fields.h"
#include "ctl/host_text.h"
#include "ctl/times.h"
#include "proto/base/text.h"

namespace ctl
{

namespace
{

struct Shown {
    admin::HostRow row;
    std::vector<dns::CompactName> followers;
};

template <typename Items, typename Text>
std::string joined(const Items& items, Text&& text)
{
    std::string result;
    for (const auto& item : items) {
        result += result.empty() ? "" : ", ";
        result += text(item);
    }
    return result;
}

/// `left_out`: addresses that are not in the list.
template <typename Addresses>
std::string all_of(const Addresses& addresses, std::uint16_t left_out)
{
    const std::string list = joined(addresses, [](const auto& address) { return to_text(address); });
    return left_out == 0 ? list : base::filled("{}, {} more addresses", {list, left_out});
}

std::string changed(const admin::HostRow& row, base::UnixTime now)
{
    return row.changed ? relative(*row.changed, now) : "";
}

std::string seen(const admin::HostRow& row, base::UnixTime now)
{
    if (!row.seen) {
        return row.kind == admin::HostKind::dynamic ? "never" : "";
    }
    std::string text = relative(*row.seen, now);
    const std::string from = is_set_by_administrator(row) ? "" : origin(row.from, row.dialect);
    base::append(text, "{}{}", {from.empty() ? "" : ", ", from});
    return text;
}

/// Only of an administrator; a client is in the line above.
std::string set_by(const admin::HostRow& row)
{
    if (!is_set_by_administrator(row)) {
        return "";
    }
    return "an administrator" + (row.uid ? base::filled(", uid {}", {*row.uid}) : "");
}

std::string lifetime(const admin::HostRow& row, base::UnixTime now)
{
    if (row.kind != admin::HostKind::dynamic) {
        return row.expires ? "expires " + relative(*row.expires, now) : "";
    }
    std::string text = row.lifetime ? span(*row.lifetime) : "addresses never expire";
    if (row.expires) {
        base::append(text, ", expires {}", {relative(*row.expires, now)});
    }
    return text;
}

std::string expectation(const admin::HostRow& row, base::UnixTime now)
{
    if (!row.expect) {
        return "";
    }
    std::string text = "a report every " + span(*row.expect);
    if (row.overdue_since) {
        base::append(text, "; overdue for {}", {span(now - *row.overdue_since)});
    }
    return text;
}

std::string refused(const admin::HostRow& row, base::UnixTime now)
{
    if (!row.refused) {
        return "";
    }
    const admin::RefusedAttempts& refused = *row.refused;
    const std::string from = origin(refused.from, refused.dialect);
    return base::filled("{} since the last success; the last one {}{}{}: {}",
                        {refused.since_success, relative(refused.at, now), from.empty() ? "" : ", ", from,
                         word(refused.reason)});
}

std::string as_text(const Shown& shown, const Names& names, base::UnixTime now)
{
    const admin::HostRow& row = shown.row;
    const auto label = [&](const dns::CompactName& name) { return names.label(name); };
    Fields fields;
    fields.add("kind", word_for(row.kind));
    fields.add("A", all_of(row.a, row.a_left_out));
    fields.add("AAAA", all_of(row.aaaa, row.aaaa_left_out));
    fields.add("ACME TXT",
               joined(row.acme_txt, [](const auto& value) { return word(base::as_text(value)); }));
    fields.add("TTL", base::filled("{} s", {row.ttl}));
    fields.add("changed", changed(row, now));
    fields.add("seen", seen(row, now));
    fields.add("set by", set_by(row));
    fields.add("lifetime", lifetime(row, now));
    fields.add("expected", expectation(row, now));
    fields.add("refused", refused(row, now));
    fields.add("follows", row.follows ? names.label(*row.follows) : "");
    fields.add("prefix", row.prefix ? to_text(*row.prefix) : "");
    fields.add("followers", joined(shown.followers, label));
    return Names::whole(row.name) + '\n' + fields.text();
}

std::string as_json(const Shown& shown, const Names& names)
{
    Json json;
    json.open_object().member("version", 1).key("host");
    write(json, shown.row, shown.followers, names);
    return json.close_object().take() + '\n';
}

Result ask_and_show(const Context& context, Connection& connection)
{
    const std::string& host = context.invocation.arguments.front();
    const auto name = connection.names().read(host);
    if (!name) {
        return no_such_host(connection, host);
    }
    Shown shown;
    auto failure = ask_about(connection, host, admin::AskHost{*name}, [&](const auto& record) {
        if (const auto* row = std::get_if<admin::HostRow>(&record)) {
            shown.row = *row;
        } else if (const auto* follower = std::get_if<admin::HostFollower>(&record)) {
            shown.followers.push_back(follower->name);
        }
    });
    if (failure) {
        return failure;
    }
    context.print(context.invocation.json ? as_json(shown, connection.names())
                                          : as_text(shown, connection.names(), context.now()));
    return std::nullopt;
}

} // namespace

Result show(const Context& context)
{
    return with_connection(context,
                           [&](Connection& connection) { return ask_and_show(context, connection); });
}

} // namespace ctl
