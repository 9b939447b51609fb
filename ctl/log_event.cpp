#include "ctl/log_event.h"

#include <algorithm>
#include <utility>

#include "ctl/json.h"
#include "ctl/times.h"
#include "proto/base/bytes.h"
#include "proto/base/text.h"

namespace ctl
{

namespace
{

using ipc::ChangeLine;
using ipc::RefusalLine;

const dns::Name* host_of(const LogEvent& event)
{
    if (const auto* const change = std::get_if<ChangeLine>(&event.line)) {
        return &change->host;
    }
    const auto& refused = std::get<RefusalLine>(event.line);
    return refused.host ? &*refused.host : nullptr;
}

std::string label_of(const LogEvent& event, const Names& names)
{
    const dns::Name* const host = host_of(event);
    return host == nullptr ? "-" : names.label(dns::CompactName{*host});
}

/// The host's name is already said.
std::string text_of(const ChangeLine& line)
{
    const std::string text = ipc::to_text(line);
    return text.substr(std::min(text.find(' ') + 1, text.size()));
}

/// "an update of" is followed by the host, which is already said.
std::string_view without_preposition(std::string_view words)
{
    return words.substr(0, words.rfind(' '));
}

std::string text_of(const RefusalLine& line)
{
    std::string whole = ipc::to_text(line);
    const std::string client = base::to_text(line.client);
    if (!line.host) { // "- refused a challenge of the account ... from ..."
        return whole;
    }
    const ipc::AttemptWords& words = ipc::words_of(line.attempt);
    if (line.is_blocked) {
        return base::filled("{} from {} are blocked: {}",
                            {without_preposition(words.many), client, line.reason});
    }
    return base::filled("{} from {} was refused: {}", {without_preposition(words.one), client, line.reason});
}

/// null: not in this line; an empty list: there is none any more.
template <typename Value>
void write_now(Json& json, std::string_view key, const ipc::RecordChange<Value>& change)
{
    json.key(key);
    if (!change.now && !change.is_removed) {
        json.null();
        return;
    }
    json.open_list();
    if (change.now) {
        json.value(base::to_text(*change.now));
    }
    json.close_list();
}

/// null: there was none, or it is not known.
template <typename Value>
void write_before(Json& json, std::string_view key, const ipc::RecordChange<Value>& change)
{
    json.key(key);
    if (!change.before) {
        json.null();
        return;
    }
    json.open_list().value(base::to_text(*change.before)).close_list();
}

void write_values(Json& json, std::string_view key, const std::vector<ChangeLine::Challenge>& values)
{
    json.key(key).open_list();
    for (const ChangeLine::Challenge& value : values) {
        json.value(base::as_text(value));
    }
    json.close_list();
}

void write_records(Json& json, const ChangeLine& line)
{
    write_now(json, "a", line.a);
    write_before(json, "old_a", line.a);
    write_now(json, "aaaa", line.aaaa);
    write_before(json, "old_aaaa", line.aaaa);
    write_now(json, "prefix", line.prefix);
    write_before(json, "old_prefix", line.prefix);
    write_values(json, "txt_added", line.added);
    write_values(json, "txt_removed", line.removed);
    json.key("followers").open_list();
    for (const dns::Name& follower : line.followers) {
        json.value(Names::whole(dns::CompactName{follower}));
    }
    json.close_list().member("follower_count", line.all_followers);
}

/// The words of `watch`.
std::optional<std::string_view> by_of(const ChangeLine& line)
{
    if (line.cause == ipc::Cause::expiry) {
        return "expiry";
    }
    if (line.origin.administrator) {
        return "administrator";
    }
    return line.origin.dialect ? std::optional{to_text(*line.origin.dialect)} : std::nullopt;
}

/// A uid that is only claimed is none.
std::optional<std::uint32_t> uid_of(const ChangeLine& line)
{
    const auto& administrator = line.origin.administrator;
    return administrator && !administrator->is_claimed ? administrator->uid : std::nullopt;
}

void write(Json& json, const ChangeLine& line)
{
    write_records(json, line);
    const auto& client = line.origin.client;
    json.member("serial", std::optional{line.serial})
        .member("by", by_of(line))
        .member("from", client ? std::optional{base::to_text(*client)} : std::nullopt)
        .member("uid", uid_of(line))
        .member("not_logged", line.left_out)
        .key("reason")
        .null();
}

void write(Json& json, const RefusalLine& line)
{
    write_records(json, {});
    json.key("serial").null().key("by").null();
    json.member("from", base::to_text(line.client)).key("uid").null();
    json.member("not_logged", 0U).member("reason", line.reason);
}

std::string_view kind_of(const LogEvent& event)
{
    const auto* const refused = std::get_if<RefusalLine>(&event.line);
    return refused == nullptr ? "changed" : refused->is_blocked ? "blocked" : "refused";
}

bool begins_with_labels(std::string_view name, std::string_view labels)
{
    return name.size() >= labels.size() && base::equal_ignoring_case(name.substr(0, labels.size()), labels) &&
           (name.size() == labels.size() || name[labels.size()] == '.');
}

} // namespace

std::optional<LogEvent> read_event(base::UnixTime at, std::string_view message, std::string_view program)
{
    constexpr std::string_view keeper = "nanodnsd-keeper: "; // its lines begin so
    constexpr std::string_view executable = "keeper";
    const bool is_of_another = !program.empty() && program != executable;
    if (!message.starts_with(keeper) || is_of_another) {
        return std::nullopt;
    }
    message.remove_prefix(keeper.size());
    if (auto change = ipc::read_change_line(message)) {
        return change->is_unchanged ? std::nullopt : std::optional{LogEvent{at, *std::move(change)}};
    }
    auto refused = ipc::read_refusal_line(message);
    return refused ? std::optional{LogEvent{at, *std::move(refused)}} : std::nullopt;
}

bool LogFilter::matches(const LogEvent& event) const
{
    const auto is_meant = [this](const dns::Name& host) {
        const std::string whole = Names::whole(dns::CompactName{host});
        return is_whole ? base::equal_ignoring_case(whole, name) : begins_with_labels(whole, name);
    };
    if (name.empty()) {
        return true;
    }
    const dns::Name* const host = host_of(event);
    const auto* const change = std::get_if<ChangeLine>(&event.line);
    return (host != nullptr && is_meant(*host)) ||
           (change != nullptr && std::any_of(change->followers.begin(), change->followers.end(), is_meant));
}

std::string as_text(const LogEvent& event, const std::optional<Names>& names)
{
    const std::string text = std::visit([](const auto& line) { return text_of(line); }, event.line);
    return base::filled("{} {} {}\n", {rfc3339(event.at), label_of(event, names.value_or(Names{})), text});
}

std::string as_json(const LogEvent& event, const std::optional<Names>& names)
{
    const dns::Name* const host = host_of(event);
    const auto name = host != nullptr ? std::optional{dns::CompactName{*host}} : std::nullopt;
    Json json;
    json.open_object()
        .member("version", 1)
        .member("time", event.at)
        .member("event", kind_of(event))
        .member("name", name ? std::optional{Names::whole(*name)} : std::nullopt)
        .member("label", name && names ? std::optional{names->label(*name)} : std::nullopt);
    std::visit([&](const auto& line) { write(json, line); }, event.line);
    json.member("text", std::visit([](const auto& line) { return ipc::to_text(line); }, event.line));
    return json.close_object().take() + '\n';
}

} // namespace ctl
