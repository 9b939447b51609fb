// All that processes count, one table for each role: the process counts in the slots, the console prints the
// rows. Labels are in these tables alone; nothing in them comes from a packet.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "daemon/common/series.h"
#include "privsep/counter_page.h"
#include "proto/dns/types.h"
#include "proto/ipc/dialect.h"

namespace common
{

/// The counters of one process, in a page that a console reads or in its own memory. A report, which the log
/// gets, is of what was counted since the last one, or since the start of the process.
template <typename Slot>
class Tally
{
public:
    static constexpr std::size_t slots = static_cast<std::size_t>(Slot::end);
    static_assert(slots <= privsep::counter_page_slots);

    /// `page`: see privsep::Inherited; nullptr: there is none.
    explicit Tally(std::uint64_t* page = nullptr) noexcept : at_(page != nullptr ? page : own_.data())
    {
        set_reported();
    }
    Tally(const Tally&) = delete;
    Tally& operator=(const Tally&) = delete;
    ~Tally() = default;

    void count(Slot slot, std::uint64_t amount = 1) noexcept { privsep::add(at_[index(slot)], amount); }
    void count_at(std::size_t slot) noexcept { privsep::add(at_[slot], 1); }
    /// To be counted by another object; it must not outlive this.
    std::uint64_t* at(Slot slot) noexcept { return &at_[index(slot)]; }

    std::uint64_t unreported(Slot slot) const noexcept
    {
        return privsep::load(at_[index(slot)]) - reported_[index(slot)];
    }
    void set_reported() noexcept { std::copy_n(at_, slots, reported_.begin()); }

private:
    static constexpr std::size_t index(Slot slot) noexcept { return static_cast<std::size_t>(slot); }

    std::array<std::uint64_t, slots> own_{};
    std::array<std::uint64_t, slots> reported_{};
    std::uint64_t* at_;
};

/// The slots of a StreamServer. The first one is the only number that also falls.
enum class OfConnections : std::uint8_t {
    open,
    finished, ///< closed after our answer, or by the client
    timed_out,
    evicted, ///< to make room for another one
    refused, ///< there was no room for it
    failed,  ///< reset, or an error of the system
    end
};
inline constexpr std::size_t slots_of_connections = static_cast<std::size_t>(OfConnections::end);
inline constexpr std::array<LabelValue, slots_of_connections> outcomes_of_connections = {
    "", "finished", "timed_out", "evicted", "refused", "failed"};

/// Counts nothing without slots.
class ConnectionTally
{
public:
    ConnectionTally() = default;
    explicit ConnectionTally(std::uint64_t* slots) noexcept : slots_(slots) {}

    void opened() noexcept { add(OfConnections::open, 1); }
    void closed(OfConnections outcome) noexcept
    {
        add(OfConnections::open, ~std::uint64_t{0});
        add(outcome, 1);
    }
    void refused() noexcept { add(OfConnections::refused, 1); }

private:
    void add(OfConnections slot, std::uint64_t amount) noexcept
    {
        if (slots_ != nullptr) {
            privsep::add(slots_[static_cast<std::size_t>(slot)], amount);
        }
    }
    std::uint64_t* slots_ = nullptr;
};

// The first slots of each page are no counters, but say what is: when the certificate expires (0: there is
// none), and how many connections are open. The supervisor clears them when the process has exited.
inline constexpr std::size_t certificate_slot = 0;
inline constexpr std::size_t connection_slots = 1;
inline constexpr std::size_t slots_to_clear = 2;

namespace detail
{

template <typename Slot>
using Rows = std::array<CounterRow, static_cast<std::size_t>(Slot::end)>;

template <typename Slot>
constexpr void set(Rows<Slot>& rows, Slot slot, Family family, LabelValue first = {}, LabelValue second = {})
{
    CounterRow& row = rows[static_cast<std::size_t>(slot)];
    row[row[0].family == Family::none ? 0 : 1] = {family, {first, second}};
}

template <typename Slot>
constexpr void set_connections(Rows<Slot>& rows, Slot first, LabelValue service)
{
    set(rows, first, Family::connections, service);
    for (std::size_t i = 1; i < slots_of_connections; ++i) {
        set(rows, static_cast<Slot>(static_cast<std::size_t>(first) + i), Family::connections_total, service,
            outcomes_of_connections[i]);
    }
}

} // namespace detail

// --- the responders

/// How a message came to the DNS sockets.
enum class Way : std::uint8_t { udp_ipv6, udp_ipv4, tcp_ipv6, tcp_ipv4, end };
/// What is known of it.
enum class Seen : std::uint8_t {
    unreadable, ///< no message that may be answered
    without_edns,
    without_cookie,
    malformed_cookie,
    client_cookie, ///< only
    invalid_cookie,
    valid_cookie,
    end
};
inline constexpr std::size_t ways = static_cast<std::size_t>(Way::end);
inline constexpr std::size_t types_by_number = 29;  ///< up to AAAA
inline constexpr std::size_t errors_by_number = 24; ///< up to BADCOOKIE

/// A query adds to few slots, since that costs instructions: so one slot says how it came and what was seen.
enum class OfResponder : std::uint16_t {
    connections = connection_slots,
    messages = connections + slots_of_connections,                 ///< in the order of (seen, way)
    types = messages + static_cast<std::size_t>(Seen::end) * ways, ///< by number, as far as they have a slot
    type_any = types + types_by_number,
    type_other,
    success, ///< the next two by what the reply is: 1 is empty, 2 is a referral
    empty,
    referral,
    errors, ///< by the response code
    truncated = errors + errors_by_number,
    limited_drop,
    limited_drop_with_edns,
    limited_truncate,
    limited_badcookie,
    end
};

constexpr OfResponder slot_of(Way way, Seen seen) noexcept
{
    return static_cast<OfResponder>(static_cast<std::size_t>(OfResponder::messages) +
                                    static_cast<std::size_t>(seen) * ways + static_cast<std::size_t>(way));
}

constexpr void set_messages(detail::Rows<OfResponder>& rows)
{
    // by Seen; an unreadable message has no state
    constexpr std::array<LabelValue, 7> cookies = {"",        "none", "none", "malformed", "client_only",
                                                   "invalid", "valid"};
    for (std::size_t way = 0; way < ways; ++way) {
        for (std::size_t seen = 0; seen < cookies.size(); ++seen) {
            const OfResponder slot = slot_of(static_cast<Way>(way), static_cast<Seen>(seen));
            detail::set(rows, slot, Family::dns_queries, way < 2 ? "udp" : "tcp",
                        way % 2 == 0 ? "ipv6" : "ipv4");
            if (cookies[seen] != LabelValue{}) {
                detail::set(rows, slot, Family::dns_cookies, cookies[seen]);
            }
        }
    }
}

constexpr OfResponder slot_of(dns::Type type) noexcept
{
    const auto number = static_cast<std::size_t>(type);
    if (number < types_by_number) {
        return static_cast<OfResponder>(static_cast<std::size_t>(OfResponder::types) + number);
    }
    return type == dns::Type::any ? OfResponder::type_any : OfResponder::type_other;
}

/// Of an error. No other code than those that have a name is sent.
constexpr OfResponder slot_of(dns::Rcode rcode) noexcept
{
    const auto number = static_cast<std::size_t>(rcode);
    return static_cast<OfResponder>(static_cast<std::size_t>(OfResponder::errors) +
                                    (number < errors_by_number ? number : 0));
}

constexpr void set_types(detail::Rows<OfResponder>& rows)
{
    for (std::size_t number = 0; number < types_by_number; ++number) {
        const char* name = "other";
        for (const auto& [type, text] : {std::pair{dns::Type::a, "A"},
                                         {dns::Type::ns, "NS"},
                                         {dns::Type::soa, "SOA"},
                                         {dns::Type::txt, "TXT"},
                                         {dns::Type::aaaa, "AAAA"}}) {
            name = static_cast<std::size_t>(type) == number ? text : name;
        }
        detail::set(rows, slot_of(static_cast<dns::Type>(number)), Family::dns_queries_by_type, name);
    }
    detail::set(rows, OfResponder::type_any, Family::dns_queries_by_type, "ANY");
    detail::set(rows, OfResponder::type_other, Family::dns_queries_by_type, "other");
}

constexpr void set_results(detail::Rows<OfResponder>& rows)
{
    using enum OfResponder;
    for (const OfResponder slot : {success, empty, referral}) {
        detail::set(rows, slot, Family::dns_responses, "NOERROR");
    }
    for (const auto& [rcode, name] : {std::pair{dns::Rcode::formerr, "FORMERR"},
                                      {dns::Rcode::servfail, "SERVFAIL"},
                                      {dns::Rcode::nxdomain, "NXDOMAIN"},
                                      {dns::Rcode::notimp, "NOTIMP"},
                                      {dns::Rcode::refused, "REFUSED"},
                                      {dns::Rcode::badvers, "BADVERS"},
                                      {dns::Rcode::badcookie, "BADCOOKIE"}}) {
        detail::set(rows, slot_of(rcode), Family::dns_responses, name);
    }
}

constexpr auto make_responder_rows()
{
    using enum OfResponder;
    detail::Rows<OfResponder> rows{};
    const auto set = [&](OfResponder slot, Family family, LabelValue first = {}, LabelValue second = {}) {
        detail::set(rows, slot, family, first, second);
    };
    detail::set_connections(rows, connections, "dns");
    set_messages(rows);
    set_types(rows);
    set_results(rows);
    set(truncated, Family::dns_truncated);
    for (const OfResponder slot : {limited_drop, limited_drop_with_edns}) {
        set(slot, Family::dns_limited, "drop");
    }
    set(limited_truncate, Family::dns_limited, "truncate");
    set(limited_badcookie, Family::dns_limited, "badcookie");
    return rows;
}
inline constexpr auto responder_rows = make_responder_rows();

// --- the updaters

enum class UpdateOutcome : std::uint8_t {
    changed,
    unchanged,
    refused,
    unavailable, ///< could not be stored, or the client was blocked
    invalid,     ///< the keeper was not asked
};
inline constexpr std::array<LabelValue, 5> update_outcomes = {"changed", "unchanged", "refused",
                                                              "unavailable", "invalid"};
inline constexpr std::size_t dialects = ipc::names_of_dialects.size();

/// The slots of the updates are in the order of (dialect, outcome). A request of no dialect, after them, is
/// invalid.
enum class OfUpdater : std::uint16_t {
    connections = connection_slots,
    updates = connections + slots_of_connections,
    of_no_dialect = updates + dialects * update_outcomes.size(),
    end
};

constexpr OfUpdater slot_of(ipc::Dialect dialect, UpdateOutcome outcome) noexcept
{
    const auto row = static_cast<std::size_t>(dialect) - 1;
    return static_cast<OfUpdater>(static_cast<std::size_t>(OfUpdater::updates) +
                                  row * update_outcomes.size() + static_cast<std::size_t>(outcome));
}

constexpr auto make_updater_rows(LabelValue service)
{
    detail::Rows<OfUpdater> rows{};
    detail::set_connections(rows, OfUpdater::connections, service);
    for (std::size_t dialect = 0; dialect < dialects; ++dialect) {
        for (std::size_t outcome = 0; outcome < update_outcomes.size(); ++outcome) {
            detail::set(rows,
                        slot_of(static_cast<ipc::Dialect>(dialect + 1), static_cast<UpdateOutcome>(outcome)),
                        Family::updates, ipc::names_of_dialects[dialect], update_outcomes[outcome]);
        }
    }
    detail::set(rows, OfUpdater::of_no_dialect, Family::updates, "none", "invalid");
    return rows;
}
inline constexpr auto updater_rows = make_updater_rows("http");
inline constexpr auto updater_tls_rows = make_updater_rows("https");

// --- the keeper

/// Upper bounds in microseconds; a slower sync is in the bucket after them.
inline constexpr std::array<std::uint32_t, 12> sync_bounds = {
    500, 1000, 2000, 5000, 10'000, 20'000, 50'000, 100'000, 200'000, 500'000, 1'000'000, 2'000'000};

enum class OfKeeper : std::uint16_t {
    blocked = slots_to_clear,
    expired,
    changed, ///< this and the next two are no metrics, but in the status: updates of hosts
    unchanged,
    refused, ///< also because the client is blocked or nothing can be stored
    syncs,   ///< a slot for each bucket
    sync_microseconds = syncs + sync_bounds.size() + 1,
    end
};

constexpr auto make_keeper_rows()
{
    detail::Rows<OfKeeper> rows{};
    detail::set(rows, OfKeeper::blocked, Family::blocked);
    detail::set(rows, OfKeeper::expired, Family::expiries);
    for (std::size_t bucket = 0; bucket <= sync_bounds.size() + 1; ++bucket) {
        detail::set(rows, static_cast<OfKeeper>(static_cast<std::size_t>(OfKeeper::syncs) + bucket),
                    Family::state_sync);
    }
    return rows;
}
inline constexpr auto keeper_rows = make_keeper_rows();

// --- the console: what is open, and no counters, since it has no page in which they would outlive it

enum class OfConsole : std::uint16_t { metrics, end = slots_of_connections };

constexpr auto make_console_rows()
{
    detail::Rows<OfConsole> rows{};
    detail::set(rows, OfConsole::metrics, Family::connections, "metrics");
    return rows;
}
inline constexpr auto console_rows = make_console_rows();

} // namespace common
