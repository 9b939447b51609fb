#include "ctl/change_text.h"

#include "ctl/host_text.h"
#include "ctl/json.h"
#include "ctl/times.h"
#include "proto/base/text.h"

namespace ctl
{

namespace
{

template <typename Address>
void append_change(std::string& text, std::string_view type, const std::optional<Address>& before,
                   const std::optional<Address>& now)
{
    if (before == now) {
        return;
    }
    base::append(text, "{} {} {}", {text.empty() ? "" : ",", type, now ? to_text(*now) : "removed"});
    if (before && now) {
        base::append(text, " (was {})", {to_text(*before)});
    }
}

template <typename Address>
void write_one(Json& json, std::string_view key, const std::optional<Address>& address)
{
    json.key(key).open_list();
    if (address) {
        json.value(to_text(*address));
    }
    json.close_list();
}

} // namespace

std::string as_text(const admin::Changed& change, const Names& names)
{
    std::string changes;
    append_change(changes, "A", change.before.a, change.now.a);
    append_change(changes, "AAAA", change.before.aaaa, change.now.aaaa);
    std::string by = change.by.empty() ? "" : ", by " + word(change.by);
    if (change.from) {
        base::append(by, " from {}", {to_text(*change.from)});
    }
    return base::filled("{} {}{}{}, serial {}\n",
                        {rfc3339(change.at), names.label(change.name), changes, by, change.serial});
}

std::string as_json(const admin::Changed& change, const Names& names)
{
    Json json;
    json.open_object()
        .member("version", 1)
        .member("time", change.at)
        .member("name", Names::whole(change.name))
        .member("label", names.label(change.name));
    write_one(json, "a", change.now.a);
    write_one(json, "aaaa", change.now.aaaa);
    write_one(json, "old_a", change.before.a);
    write_one(json, "old_aaaa", change.before.aaaa);
    json.member("serial", change.serial)
        .member("by", change.by.empty() ? std::nullopt : std::optional{change.by})
        .member("from", change.from ? std::optional{to_text(*change.from)} : std::nullopt)
        .member("uid", change.uid);
    return json.close_object().take() + '\n';
}

} // namespace ctl
