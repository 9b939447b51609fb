// A line for each change of an address, and a command for it.
//
// The state of all hosts that are watched is asked first, then the changes after it. Whenever the changes
// cannot be continued (the daemon or one of its processes was started again, or we were too slow), the state
// is asked again, and what is different is shown. So no change is missed, but several may be shown as one.
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "ctl/change_text.h"
#include "ctl/commands.h"
#include "ctl/host_text.h"
#include "ctl/program.h"
#include "proto/base/text.h"

namespace ctl
{

namespace
{

using admin::Addresses;
using admin::Changed;

template <typename Address>
std::string text_of(const std::optional<Address>& address)
{
    return address ? to_text(*address) : "";
}

template <typename Address>
std::optional<Address> first(const std::vector<Address>& addresses)
{
    return addresses.empty() ? std::nullopt : std::optional{addresses.front()};
}

/// Whether the last success, whose origin a row has, made the last change of the addresses: if a client made
/// it, both have the same time. A later change is that of an expiry or of an administrator: a row does not
/// say which.
bool has_origin_of_change(const admin::HostRow& row)
{
    return row.changed && row.changed == row.seen && !is_set_by_administrator(row);
}

/// Why a watch has ended.
struct Ending {
    Failure failure;
    bool may_continue = false; ///< with another connection
};

/// The end of an answer whose rows are not needed.
std::variant<admin::Done, Ending> end_of_answer(Connection& connection, const admin::ClientToConsole& request)
{
    auto answer = connection.ask(request, [](const auto& /*row*/) {});
    if (auto* failure = std::get_if<Failure>(&answer)) {
        return Ending{std::move(*failure), true};
    }
    if (const auto* refusal = std::get_if<admin::Refusal>(&answer)) {
        return Ending{failure_of(*refusal), true};
    }
    return std::get<admin::Done>(answer);
}

/// What is known of the hosts, over all connections.
class Watcher
{
public:
    explicit Watcher(const Context& context) : context_(context) {}

    /// Shows changes until the connection ends.
    Ending follow(Connection& connection)
    {
        names_ = connection.names();
        for (;;) {
            auto ending = ask_state(connection);
            ending = ending ? ending : read_changes(connection);
            if (ending) {
                ending->may_continue =
                    ending->may_continue && has_begun_ && !ending->failure.is_other_protocol;
                return *std::move(ending);
            }
        }
    }
    /// Whether the last connection has got as far as a watch.
    bool was_watching() const noexcept { return was_watching_; }

private:
    using Rows = std::map<std::string, admin::HostRow>; ///< by the whole name

    std::optional<Ending> ask_state(Connection& connection);
    std::optional<Ending> ask_end_of_state(Connection& connection, const Rows& rows);
    std::optional<Ending> read_changes(Connection& connection);
    std::optional<Ending> show_state(const Rows& rows, std::uint32_t serial);
    std::optional<Ending> show_departed(const Rows& rows, std::uint32_t serial);
    Ending end_without_host(Connection& connection, const std::string& host);
    std::optional<Ending> take(Changed change);
    std::optional<Ending> update(Changed change);
    std::optional<Ending> run_program(const Changed& change) const;

    /// None if all hosts are watched.
    std::optional<std::string> host() const
    {
        const auto& arguments = context_.invocation.arguments;
        return arguments.empty() ? std::nullopt : std::optional{arguments.front()};
    }

    const Context& context_;
    bool has_begun_ = false;
    bool was_watching_ = false;
    bool has_watched_ = false; ///< with any connection
    Names names_;
    std::optional<dns::CompactName> name_; ///< of the host that is watched
    admin::Place place_;
    std::uint64_t end_of_state_ = 0;         ///< the state was read at the places from place_ to this one
    std::map<std::string, Changed> held_;    ///< by the whole name: the last change up to end_of_state_
    std::map<std::string, Addresses> known_; ///< by the whole name
};

std::optional<Ending> Watcher::ask_state(Connection& connection)
{
    was_watching_ = false;
    admin::ClientToConsole request = admin::AskHosts{};
    if (const auto host = this->host()) {
        name_ = names_.read(*host);
        if (!name_) {
            return Ending{no_such_host(connection, *host)};
        }
        request = admin::AskHost{*name_};
    }
    Rows rows;
    auto answer = connection.ask(request, [&](const admin::ConsoleToClient& record) {
        if (const auto* row = std::get_if<admin::HostRow>(&record)) {
            rows.emplace(Names::whole(row->name), *row);
        }
    });
    if (auto* failure = std::get_if<Failure>(&answer)) {
        return Ending{std::move(*failure), true};
    }
    if (const auto* refusal = std::get_if<admin::Refusal>(&answer)) {
        const bool is_missing = refusal->reason == admin::Refused::no_such_host && host();
        return is_missing ? end_without_host(connection, *host()) : Ending{failure_of(*refusal), true};
    }
    const auto& done = std::get<admin::Done>(answer);
    place_ = done.place.value_or(admin::Place{});
    if (auto ending = ask_end_of_state(connection, rows)) {
        return ending;
    }
    auto ending = show_state(rows, done.serial);
    has_begun_ = true;
    return ending;
}

/// The place of a table is that of its first page, so its other rows may be newer. A row that is asked for
/// after the table has the place at its end.
std::optional<Ending> Watcher::ask_end_of_state(Connection& connection, const Rows& rows)
{
    held_.clear();
    end_of_state_ = place_.number;
    if (rows.size() < 2) {
        return std::nullopt;
    }
    auto answer = end_of_answer(connection, admin::AskHost{rows.begin()->second.name});
    if (auto* ending = std::get_if<Ending>(&answer)) {
        return std::move(*ending);
    }
    if (const auto place = std::get<admin::Done>(answer).place; place && place->list == place_.list) {
        end_of_state_ = place->number;
    }
    return std::nullopt;
}

/// The host that is watched is not in the config, or not any more.
Ending Watcher::end_without_host(Connection& connection, const std::string& host)
{
    if (has_begun_) { // a table without rows has the serial
        auto answer = end_of_answer(connection, admin::AskHosts{Names::whole(*name_)});
        if (auto* ending = std::get_if<Ending>(&answer)) {
            return std::move(*ending);
        }
        if (auto ending = show_departed({}, std::get<admin::Done>(answer).serial)) {
            return *std::move(ending);
        }
    }
    return {no_such_host(connection, host)};
}

/// At first, all addresses are those that were there before; the command is run for each host. Later, what is
/// different is a change.
std::optional<Ending> Watcher::show_state(const Rows& rows, std::uint32_t serial)
{
    for (const auto& [name, row] : rows) {
        const Addresses now{first(row.a), first(row.aaaa)};
        Changed change{place_, row.changed.value_or(context_.now()), serial, row.name, {}, now, {}, {}, {}};
        if (has_origin_of_change(row)) {
            change.by = row.dialect;
            change.from = row.from;
        }
        if (!has_begun_) {
            known_[name] = now;
        }
        if (auto ending = has_begun_ ? update(change) : run_program(change)) {
            return ending;
        }
    }
    return show_departed(rows, serial);
}

/// Hosts that are no longer in the config have no addresses.
std::optional<Ending> Watcher::show_departed(const Rows& rows, std::uint32_t serial)
{
    for (auto known = known_.begin(); known != known_.end();) {
        const std::string name = known->first;
        const auto wire = names_.read(name + '.');
        if (!rows.contains(name) && wire) {
            if (auto ending = update({place_, context_.now(), serial, *wire, {}, {}, "config", {}, {}})) {
                return ending;
            }
            known = known_.erase(known);
        } else {
            ++known;
        }
    }
    return std::nullopt;
}

/// None: the place is gone, so the state has to be asked again.
std::optional<Ending> Watcher::read_changes(Connection& connection)
{
    if (auto failure = connection.send(admin::Watch{name_, place_})) {
        return Ending{*std::move(failure), true};
    }
    for (;;) {
        Received received = connection.receive();
        if (!received.message) {
            return Ending{std::move(received.failure), true};
        }
        if (const auto* refusal = std::get_if<admin::Refusal>(&*received.message)) {
            connection.set_patience(context_.patience);
            const bool is_gone = refusal->reason == admin::Refused::place_is_gone;
            return is_gone ? std::nullopt : std::optional{Ending{failure_of(*refusal), has_watched_}};
        }
        if (std::holds_alternative<admin::Watching>(*received.message)) {
            was_watching_ = true;
            has_watched_ = true;
            connection.set_patience(forever);
        } else if (auto* change = std::get_if<Changed>(&*received.message)) {
            place_ = change->place;
            if (auto ending = take(std::move(*change))) {
                return ending;
            }
        }
    }
}

/// A change from before the end of the state may be older than the host's row. Only the last one of each host
/// is surely not.
std::optional<Ending> Watcher::take(Changed change)
{
    const std::uint64_t number = change.place.number;
    if (number <= end_of_state_) {
        held_.insert_or_assign(Names::whole(change.name), change);
    }
    if (number >= end_of_state_) {
        for (auto& [name, held] : std::exchange(held_, {})) {
            if (auto ending = update(std::move(held))) {
                return ending;
            }
        }
    }
    return number > end_of_state_ ? update(std::move(change)) : std::nullopt;
}

/// Shows a change and runs the command, if it is news. The old addresses are those that we know.
std::optional<Ending> Watcher::update(Changed change)
{
    Addresses& known = known_[Names::whole(change.name)];
    change.before = known;
    if (change.has_configured_a) {
        change.now.a = known.a;
    }
    if (change.now == known) {
        return std::nullopt;
    }
    known = change.now;
    context_.print(context_.invocation.json ? as_json(change, names_) : as_text(change, names_));
    if (auto failure = check_output(context_)) {
        return Ending{*std::move(failure)};
    }
    return run_program(change);
}

std::optional<Ending> Watcher::run_program(const Changed& change) const
{
    const auto& arguments = context_.invocation.program;
    if (arguments.empty()) {
        return std::nullopt;
    }
    const std::string name = Names::whole(change.name);
    const Ended ended =
        run({arguments,
             {"NANODNSD_HOST=" + name, "NANODNSD_A=" + text_of(change.now.a),
              "NANODNSD_AAAA=" + text_of(change.now.aaaa), "NANODNSD_OLD_A=" + text_of(change.before.a),
              "NANODNSD_OLD_AAAA=" + text_of(change.before.aaaa),
              "NANODNSD_SERIAL=" + std::to_string(change.serial)}});
    if (ended.is_success()) {
        return std::nullopt;
    }
    std::string text = base::filled("{} {}", {base::escape(arguments.front()), ended.text()});
    if (ended.error != 0) {
        return Ending{{Exit::failed, std::move(text)}};
    }
    context_.complain(base::filled("{} (for {})", {text, name}));
    return std::nullopt;
}

/// Connects again, and says on stderr why that is not possible; the same reason once.
class Reconnecting
{
public:
    explicit Reconnecting(const Context& context) : context_(context) {}

    void complain(const std::string& why)
    {
        if (why != last_) {
            context_.complain(why + "; trying again");
            last_ = why;
        }
    }
    void forget() { last_.clear(); }
    /// A failure only if the daemon has another protocol.
    std::variant<Connection, Failure> connect()
    {
        for (;;) {
            auto opened = context_.connect();
            const auto* const failure = std::get_if<Failure>(&opened);
            if (failure == nullptr || failure->is_other_protocol) {
                return opened;
            }
            complain(failure->text);
            std::this_thread::sleep_for(context_.retry);
        }
    }

private:
    const Context& context_;
    std::string last_;
};

} // namespace

Result watch(const Context& context)
{
    return with_connection(context, [&](Connection& first) -> Result {
        Watcher watcher{context};
        Reconnecting again{context};
        std::optional<Connection> connection{std::move(first)};
        Ending ending = watcher.follow(*connection);
        while (ending.may_continue) {
            connection.reset(); // it may be one of as many as there may be
            if (watcher.was_watching()) {
                again.forget();
            } else {
                std::this_thread::sleep_for(context.retry);
            }
            if (!is_closing(ending.failure)) {
                again.complain(ending.failure.text);
            }
            auto opened = again.connect();
            if (auto* failure = std::get_if<Failure>(&opened)) {
                return std::move(*failure);
            }
            connection = std::get<Connection>(std::move(opened));
            ending = watcher.follow(*connection);
        }
        return std::move(ending.failure);
    });
}

} // namespace ctl
