// Clients that watch changes.
#include <algorithm>
#include <iterator>
#include <utility>

#include "daemon/console/requests.h"
#include "daemon/console/rows.h"

namespace console
{

namespace admin = ipc::admin;

namespace
{

bool is_same(const dns::CompactName& left, const dns::CompactName& right) noexcept
{
    return base::as_text(left.wire()) == base::as_text(right.wire());
}

} // namespace

void Requests::ask_changes(Client& client, Watch& watch)
{
    watch.has_more = false;
    watch.is_asking = true;
    keeper_.ask(client.id(), ipc::AskChanges{{}, watch.after});
}

void Requests::changes_are_new(Client& client)
{
    if (auto* watch = std::get_if<Watch>(&client.job)) {
        watch->has_more = true; // if it is asking, it asks again: this may be of another answer
        watch->is_slow = watch->is_slow || client.has_queued();
        if (!watch->is_asking && !client.has_queued()) {
            ask_changes(client, *watch);
        }
    }
}

void Requests::take_changes(Client& client, Watch& watch, KeeperAnswer& answer, base::Uptime now)
{
    watch.is_asking = false;
    const auto& end = answer.changes_end;
    if (!end) {
        client.renew(now, command_time);
        client.refuse(admin::Refused::place_is_gone, "changes were missed: ask for the hosts again");
        return;
    }
    if (!std::exchange(watch.has_begun, true)) {
        client.say(admin::Watching{});
    }
    say_changes(client, watch, answer.changes);
    watch.after = end->place;
    watch.is_slow = end->has_more || client.has_queued();
    watch.has_more = watch.has_more || end->has_more;
    client.renew(now, command_time); // for what is queued
    if (watch.has_more && !client.has_queued()) {
        ask_changes(client, watch);
    }
}

/// A slow client gets the last one of each host.
void Requests::say_changes(Client& client, Watch& watch, std::list<ipc::Changed>& changes)
{
    for (auto change = changes.begin(); change != changes.end(); ++change) {
        if (watch.host && !is_same(*watch.host, change->name)) {
            continue;
        }
        if (watch.is_slow) {
            const auto later = std::find_if(std::next(change), changes.end(),
                                            [&](const auto& one) { return is_same(one.name, change->name); });
            if (later != changes.end()) {
                later->before = change->before;
                continue;
            }
        }
        client.say(change_of(*change));
    }
}

} // namespace console
