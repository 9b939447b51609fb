#include "ctl/host_text.h"

#include <array>

#include "ctl/times.h"
#include "proto/base/text.h"

namespace ctl
{

namespace
{

void add(std::string& list, std::string_view item)
{
    list += list.empty() ? "" : ", ";
    list += item;
}

void write_refused(Json& json, const std::optional<admin::RefusedAttempts>& refused)
{
    json.key("refused");
    if (!refused) {
        json.null();
        return;
    }
    const auto from = refused->from ? std::optional{to_text(*refused->from)} : std::nullopt;
    json.open_object()
        .member("count", refused->count)
        .member("since_success", refused->since_success)
        .member("at", refused->at)
        .member("from", from)
        .member("dialect", refused->dialect)
        .member("reason", refused->reason)
        .close_object();
}

std::optional<std::string> non_empty(const std::string& text)
{
    return text.empty() ? std::nullopt : std::optional{text};
}

} // namespace

std::string_view word_for(admin::HostKind kind)
{
    constexpr auto words =
        std::to_array<std::string_view>({"dynamic", "static", "follower", "alias", "delegated"});
    return words.at(static_cast<std::size_t>(kind) - 1);
}

std::string word(std::string_view text)
{
    return base::escape(text, 1000);
}

std::string note(const admin::HostRow& row, const Names& names, base::UnixTime now)
{
    std::string text;
    if (row.follows) {
        add(text, "follows " + names.label(*row.follows));
    } else if (row.kind != admin::HostKind::dynamic) {
        add(text, word_for(row.kind));
    }
    if (row.overdue_since) {
        add(text, "overdue since " + span(now - *row.overdue_since));
    }
    if (row.refused && row.refused->since_success != 0) {
        add(text, base::filled("{} refused", {row.refused->since_success}));
    }
    return text;
}

bool is_set_by_administrator(const admin::HostRow& row)
{
    return row.dialect == "administrator";
}

std::string origin(const std::optional<base::Address>& from, std::string_view by)
{
    std::string text = from ? "from " + to_text(*from) : "";
    if (!by.empty()) {
        base::append(text, "{}by {}", {text.empty() ? "" : " ", word(by)});
    }
    return text;
}

void write(Json& json, const admin::HostRow& row, const std::vector<dns::CompactName>& followers,
           const Names& names)
{
    json.open_object()
        .member("name", Names::whole(row.name))
        .member("label", names.label(row.name))
        .member("kind", word_for(row.kind));
    write_addresses(json, "a", row.a);
    write_addresses(json, "aaaa", row.aaaa);
    json.member("a_left_out", row.a_left_out).member("aaaa_left_out", row.aaaa_left_out);
    json.key("acme_txt").open_list();
    for (const auto& value : row.acme_txt) {
        json.value(base::as_text(value));
    }
    json.close_list();
    json.member("ttl", row.ttl)
        .member("changed", row.changed)
        .member("seen", row.seen)
        .member("expires", row.expires)
        .member("overdue_since", row.overdue_since)
        .member("from", row.from ? std::optional{to_text(*row.from)} : std::nullopt)
        .member("dialect", non_empty(row.dialect))
        .member("uid", row.uid)
        .member("follows", row.follows ? std::optional{Names::whole(*row.follows)} : std::nullopt)
        .member("prefix", row.prefix ? std::optional{to_text(*row.prefix)} : std::nullopt);
    json.key("followers").open_list();
    for (const dns::CompactName& follower : followers) {
        json.value(Names::whole(follower));
    }
    json.close_list();
    write_refused(json, row.refused);
    json.close_object();
}

} // namespace ctl
