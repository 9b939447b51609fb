#include "daemon/common/rate_limit.h"

#include <algorithm>
#include <limits>

namespace common
{

namespace
{

constexpr std::int64_t token = 1000; // one millisecond refills `rate` of these units
constexpr std::int64_t proved_factor = 10;
constexpr std::uint32_t part_bytes = SendLimit::part_bytes;
constexpr std::uint32_t parts_a_token = RateLimit::bytes_a_token / part_bytes;
// What must be left before a reply is made: its size is known only afterwards. The longest whole reply has
// dns::max_udp_bytes (1232) and 48 bytes of headers. A truncated one has 12 of header, 259 of question, 107
// of OPT, and 48 of headers.
constexpr std::uint32_t most_parts = (1232 + 48 + part_bytes - 1) / part_bytes;
constexpr std::uint32_t most_truncated_parts = (12 + 259 + 107 + 48 + part_bytes - 1) / part_bytes;

/// RFC 791 and RFC 8200 section 3; RFC 768.
constexpr std::uint32_t header_bytes(bool ipv4) noexcept
{
    return (ipv4 ? 20 : 40) + 8;
}

/// `eighths` of the limit, or `least` tokens if it is low: then a batch of queries from several networks is
/// not cut short by what is meant for floods. Each responder's part has room for a reply.
SendLimit part_of(std::int64_t per_second, std::uint64_t eighths, std::uint64_t least,
                  std::uint32_t responders, std::uint32_t one_reply)
{
    const std::uint64_t all = static_cast<std::uint64_t>(per_second) * eighths * parts_a_token / 8;
    const std::uint64_t parts = std::max(all, least * parts_a_token) / responders;
    return SentWindow::limit_of(std::max<std::uint64_t>(parts, one_reply));
}

/// The last step of MurmurHash3: each bit of the input changes half of the bits.
constexpr std::uint64_t mix(std::uint64_t hash) noexcept
{
    hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCD;
    hash = (hash ^ hash >> 33) * 0xC4CEB9FE1A85EC53;
    return hash ^ hash >> 33;
}

/// Time may go back by a little.
constexpr std::uint32_t elapsed(std::uint32_t from, std::uint32_t to) noexcept
{
    constexpr std::uint32_t back = 0xFFFF0000;
    return to - from > back ? 0 : to - from;
}

} // namespace

/// One keyed hash of the widest prefix. The narrower ones are mixed from it, which is as unpredictable to
/// anyone who does not know it.
struct RateLimit::Prefixes {
    std::uint64_t wide = 0;
    std::uint32_t network = 0; ///< the bytes after the wide prefix
    std::uint32_t site = 0;    ///< likewise; IPv6 only
    bool ipv4 = true;

    std::uint64_t hash(Level level) const noexcept
    {
        const std::uint32_t rest = level == Level::site                                ? site
                                   : level == Level::network || level == Level::proved ? network
                                                                                       : 0;
        return mix(wide ^ (std::uint64_t{rest} << 8 | static_cast<std::uint8_t>(level)));
    }
};

RateLimit::Prefixes RateLimit::prefixes_of(const base::Address& client, const base::SipKey& secret) noexcept
{
    const auto bytes = client.bytes();
    std::array<std::uint8_t, 8> wide{}; // the family, then the bytes of a /16 or /32
    if (client.is4()) {
        std::copy_n(bytes.begin(), 2, wide.begin() + 1);
        wide[0] = 4;
        return {base::siphash24(secret, wide), bytes[2], 0, true};
    }
    std::copy_n(bytes.begin(), 4, wide.begin() + 1);
    wide[0] = 6;
    const auto site = static_cast<std::uint32_t>(bytes[4] << 8 | bytes[5]);
    return {base::siphash24(secret, wide), site << 8 | bytes[6], site, false};
}

RateLimit::RateLimit(std::uint32_t per_second, const base::SipKey& secret, Responders responders)
    : per_second_(per_second), secret_(secret)
{
    const std::uint32_t all = std::max(responders.count, std::uint32_t{1});
    const std::uint32_t sharing = responders.share_sockets ? all : 1;
    const auto set = [&](Level level, std::uint64_t eighths, std::uint64_t least, std::uint32_t one_reply) {
        limits_[static_cast<std::size_t>(level)] = part_of(per_second_, eighths, least, sharing, one_reply);
    };
    set(Level::site, 13, 64, most_parts);
    set(Level::wide, 14, 64, most_parts);
    set(Level::truncated, 2, 16, most_truncated_parts);
    constexpr std::uint64_t wide_networks = 8; // that may be flooded at a time, until others notice
    whole_.limit = part_of(per_second_, wide_networks * 14, wide_networks * 64, all, most_parts);
    // Truncated replies are as long as queries. Without them a flood with addresses from everywhere would
    // keep clients without cookies from asking over TCP.
    truncated_.limit =
        part_of(per_second_, std::uint64_t{18} * 8, std::uint64_t{18} * 64, all, most_truncated_parts);
}

inline bool RateLimit::take_token(Entry& entry) noexcept
{
    if (entry.tokens() < token) {
        return false;
    }
    entry.value -= token;
    return true;
}

/// Tokens a second, of a level that has tokens.
inline std::int64_t RateLimit::rate_of(Level level) const noexcept
{
    return level == Level::proved ? per_second_ * proved_factor : per_second_;
}

[[gnu::always_inline]] inline void RateLimit::refill(Entry& entry, Level level) const noexcept
{
    const std::uint32_t now = has_tokens(level) ? now_ms_ : now_spans_;
    const std::uint32_t passed = elapsed(entry.time, now);
    if (passed == 0) {
        return;
    }
    entry.time = now;
    if (!has_tokens(level)) {
        SentWindow window{entry.value};
        window.advance(passed);
        entry.value = window.counts();
        return;
    }
    constexpr std::uint32_t longest_ms = 60'000; // the debt for one reply is paid by then
    const std::int64_t rate = rate_of(level);
    const std::int64_t tokens = entry.tokens() + std::int64_t{std::min(passed, longest_ms)} * rate;
    entry.value = static_cast<std::uint64_t>(std::min(tokens, rate * token));
    if (tokens >= rate * token) {
        entry.id &= ~truncate_next;
    }
}

/// Of the entry's own limit, in 65,536ths.
std::uint64_t RateLimit::unused_part(const Entry& entry) const noexcept
{
    constexpr std::uint64_t whole = 65536;
    const Level level = entry.level();
    if (has_tokens(level)) {
        return static_cast<std::uint64_t>(std::max(entry.tokens(), std::int64_t{0})) * whole /
               static_cast<std::uint64_t>(rate_of(level) * token);
    }
    const std::uint64_t limit = limits_[static_cast<std::size_t>(level)].units;
    const std::uint64_t sent = SentWindow{entry.value}.sent();
    return (limit - std::min(sent, limit)) * whole / limit;
}

/// The entries of one reply may be in the same set.
inline bool RateLimit::is_held(const Entry& entry) const noexcept
{
    return &entry == account_.bucket || &entry == account_.windows[0] || &entry == account_.windows[1];
}

[[gnu::always_inline]] inline RateLimit::Entry& RateLimit::entry_of(Level level, std::uint64_t hash) noexcept
{
    Set& set = table_[hash % sets];
    const auto id = (static_cast<std::uint32_t>(hash >> 32) & ~0xFU) |
                    std::uint32_t{static_cast<std::uint8_t>(level)} << 1;
    for (Entry& entry : set) {
        if ((entry.id & ~truncate_next) == id) {
            refill(entry, level);
            return entry;
        }
    }
    return new_entry(set, id);
}

RateLimit::Entry& RateLimit::new_entry(Set& set, std::uint32_t id) noexcept
{
    Entry* replaced = nullptr; // a reply holds fewer entries than a set has
    std::uint64_t most_unused = 0;
    for (Entry& entry : set) {
        if (entry.level() == Level::free) {
            replaced = &entry;
            break;
        }
        refill(entry, entry.level());
        const std::uint64_t unused = unused_part(entry);
        if (!is_held(entry) && (replaced == nullptr || unused > most_unused)) {
            replaced = &entry;
            most_unused = unused;
        }
    }
    *replaced = Entry{0, now_spans_, id};
    if (const Level level = replaced->level(); has_tokens(level)) {
        replaced->value = static_cast<std::uint64_t>(rate_of(level) * token);
        replaced->time = now_ms_;
    }
    return *replaced;
}

[[gnu::always_inline]] inline bool RateLimit::hold_if_room(Level level, std::uint64_t hash,
                                                           std::uint32_t parts) noexcept
{
    Entry& entry = entry_of(level, hash);
    (account_.windows[0] == nullptr ? account_.windows[0] : account_.windows[1]) = &entry;
    return SentWindow{entry.value}.has_room(limits_[static_cast<std::size_t>(level)], parts);
}

inline bool RateLimit::hold_if_room(Total& total, std::uint32_t parts) noexcept
{
    total.window.advance(elapsed(total.time, now_spans_));
    total.time = now_spans_;
    account_.total = &total;
    return total.window.has_room(total.limit, parts);
}

inline bool RateLimit::may_send(const Prefixes& prefixes) noexcept
{
    return hold_if_room(Level::wide, prefixes.hash(Level::wide), most_parts) &&
           (prefixes.ipv4 || hold_if_room(Level::site, prefixes.hash(Level::site), most_parts)) &&
           hold_if_room(whole_, most_parts);
}

inline bool RateLimit::may_truncate(const Prefixes& prefixes) noexcept
{
    return hold_if_room(Level::truncated, prefixes.hash(Level::truncated), most_truncated_parts) &&
           hold_if_room(truncated_, most_truncated_parts);
}

inline Verdict RateLimit::check_unproved(const Prefixes& prefixes) noexcept
{
    Entry& network = entry_of(Level::network, prefixes.hash(Level::network));
    account_.bucket = &network;
    if (take_token(network)) { // for good: a network that floods must not save tokens while others limit it
        if (may_send(prefixes)) {
            return Verdict::send;
        }
    } else {
        network.id ^= truncate_next;
        if ((network.id & truncate_next) != 0) {
            return Verdict::drop;
        }
    }
    account_ = {.header_bytes = account_.header_bytes};
    return may_truncate(prefixes) ? Verdict::truncate : Verdict::drop;
}

inline Verdict RateLimit::check_proved(const Prefixes& prefixes) noexcept
{
    Entry& network = entry_of(Level::proved, prefixes.hash(Level::proved));
    account_.bucket = take_token(network) ? &network : nullptr;
    return account_.bucket != nullptr ? Verdict::send : Verdict::truncate;
}

Verdict RateLimit::check(const base::Address& client, Proof proof, base::Uptime now) noexcept
{
    if (per_second_ == 0) {
        return Verdict::send;
    }
    now_ms_ = static_cast<std::uint32_t>(now.count());
    now_spans_ = spans_of(now);
    const Prefixes prefixes = prefixes_of(client, secret_);
    account_ = {.header_bytes = header_bytes(prefixes.ipv4)};
    return proof == Proof::cookie ? check_proved(prefixes) : check_unproved(prefixes);
}

void RateLimit::charge(std::size_t bytes) noexcept
{
    if (account_.bucket != nullptr) {
        const std::uint64_t tokens = (bytes + bytes_a_token - 1) / bytes_a_token;
        account_.bucket->value -= (tokens - 1) * token;
    }
    const auto parts =
        (static_cast<std::uint32_t>(bytes) + account_.header_bytes + part_bytes - 1) / part_bytes;
    for (Entry* entry : account_.windows) {
        if (entry != nullptr) {
            SentWindow window{entry->value};
            window.add(limits_[static_cast<std::size_t>(entry->level())].units_of(parts));
            entry->value = window.counts();
        }
    }
    if (account_.total != nullptr) {
        account_.total->window.add(account_.total->limit.units_of(parts));
    }
}

} // namespace common
