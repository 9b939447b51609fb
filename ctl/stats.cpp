// The counters.
#include <algorithm>
#include <string>
#include <utility>

#include "ctl/commands.h"
#include "ctl/host_text.h"
#include "ctl/table.h"
#include "ctl/times.h"
#include "proto/base/text.h"

namespace ctl
{

namespace
{

struct Counters {
    base::UnixTime since{};
    std::vector<admin::Counter> all;
};

/// The next NAME="VALUE" of `labels`, which it removes together with the comma behind it.
std::pair<std::string_view, std::string_view> next_label(std::string_view& labels)
{
    const std::size_t equals = std::min(labels.find("=\""), labels.size());
    const std::string_view name = labels.substr(0, equals);
    labels.remove_prefix(std::min(equals + 2, labels.size()));
    const std::size_t end = std::min(labels.find('"'), labels.size());
    const std::string_view value = labels.substr(0, end);
    labels.remove_prefix(std::min(end + 2, labels.size()));
    return {name, value};
}

std::string labels_as_text(std::string_view labels)
{
    std::string text;
    while (!labels.empty()) {
        const auto [name, value] = next_label(labels);
        base::append(text, "{}{}={}", {text.empty() ? "" : " ", name, value});
    }
    return word(text);
}

std::string as_text(const Counters& counters, const Context& context)
{
    Table table{{{"VALUE", Align::right}, {"COUNTER"}, {"LABELS"}}};
    for (const admin::Counter& counter : counters.all) {
        table.add({std::to_string(counter.value), word(counter.name), labels_as_text(counter.labels)});
    }
    return base::filled("since {}, {}\n",
                        {rfc3339(counters.since), relative(counters.since, context.now())}) +
           table.text(context.columns());
}

std::string as_json(const Counters& counters)
{
    Json json;
    json.open_object().member("version", 1).member("since", counters.since).key("counters").open_list();
    for (const admin::Counter& counter : counters.all) {
        json.open_object().member("name", counter.name).key("labels").open_object();
        for (std::string_view labels = counter.labels; !labels.empty();) {
            const auto [name, value] = next_label(labels);
            json.member(name, value);
        }
        json.close_object().member("value", counter.value).close_object();
    }
    return json.close_list().close_object().take() + '\n';
}

} // namespace

Result stats(const Context& context)
{
    return with_connection(context, [&](Connection& connection) -> Result {
        Counters counters;
        auto failure = ask(connection, admin::AskCounters{}, [&](const admin::ConsoleToClient& record) {
            if (const auto* since = std::get_if<admin::CountersSince>(&record)) {
                counters.since = since->time;
            } else if (const auto* counter = std::get_if<admin::Counter>(&record)) {
                counters.all.push_back(*counter);
            }
        });
        if (!failure) {
            context.print(context.invocation.json ? as_json(counters) : as_text(counters, context));
        }
        return failure;
    });
}

} // namespace ctl
