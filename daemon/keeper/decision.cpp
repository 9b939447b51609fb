#include "daemon/keeper/decision.h"

#include <algorithm>

#include "proto/base/address_kinds.h"

namespace keeper
{

namespace
{

using ipc::Change;
using ipc::PrivateAddresses;
using ipc::Reason;

std::optional<base::Address4> own_address(const ipc::Propose& proposal, const base::Address4& /*family*/)
{
    const bool has_one = proposal.client_is_known && proposal.client.is4();
    return has_one ? std::optional{proposal.client.as4()} : std::nullopt;
}

std::optional<base::Address6> own_address(const ipc::Propose& proposal, const base::Address6& /*family*/)
{
    const bool has_one = proposal.client_is_known && !proposal.client.is4();
    return has_one ? std::optional{proposal.client.as6()} : std::nullopt;
}

constexpr Reason private_reason(const base::Address4& /*family*/)
{
    return Reason::private_address4;
}
constexpr Reason private_reason(const base::Address6& /*family*/)
{
    return Reason::private_address6;
}

/// Decides the addresses of one host.
class AddressDecision
{
public:
    AddressDecision(const ipc::Propose& proposal, const HostRules& rules) noexcept
        : proposal_(proposal), rules_(rules)
    {
    }

    Decision decide(const HostData& before, base::UnixTime now) noexcept
    {
        Decision result{before, {}};
        HostData& after = result.after;
        decide_prefix(before, after);
        after.a = changed(proposal_.ipv4, before.a);
        after.aaaa = rules_.suffix && sets_prefix() ? with_suffix(*rules_.suffix)
                                                    : changed(with_prefix(), before.aaaa);
        if (!before.updated && keeps_all()) {
            after = before; // the addresses in the config stay
        } else {
            after.expires = base::expiry(now, rules_.lifetime);
            after.updated = true;
        }
        result.outcome.address4 = proposal_.ipv4.change == Change::set ? after.a : std::nullopt;
        const bool sets_aaaa = proposal_.ipv6.change == Change::set || (rules_.suffix && sets_prefix());
        result.outcome.address6 = sets_aaaa ? after.aaaa : std::nullopt;
        result.outcome.prefix = sets_prefix() ? after.prefix : std::nullopt;
        if (is_unsuitable_) {
            result.outcome = {ipc::Verdict::unsuitable, reason_};
        }
        return result;
    }

private:
    bool keeps_all() const noexcept
    {
        return meaning(proposal_.ipv4.change) == Change::keep &&
               meaning(proposal_.ipv6.change) == Change::keep && !sets_prefix();
    }
    bool sets_prefix() const noexcept { return proposal_.prefix.change == Change::set; }
    void refuse(Reason reason) noexcept
    {
        reason_ = is_unsuitable_ ? reason_ : reason;
        is_unsuitable_ = true;
    }

    void decide_prefix(const HostData& before, HostData& after) noexcept
    {
        const base::Prefix6& prefix = proposal_.prefix.value;
        switch (proposal_.prefix.change) {
        case Change::missing:
        case Change::keep:
            after.prefix = before.prefix;
            break;
        case Change::remove:
            after.prefix.reset();
            break;
        case Change::set:
            check_own(proposal_.prefix.is_own);
            if (prefix.length < ipc::min_prefix_length || prefix.length > ipc::max_prefix_length ||
                !base::can_be_of_host(prefix.address)) {
                refuse(Reason::none);
            } else if (base::is_private(prefix.address) &&
                       rules_.private_addresses != PrivateAddresses::accepted) {
                refuse(Reason::private_address6); // the client's own address says nothing of a prefix
            }
            after.prefix = prefix;
            break;
        }
    }

    void check_own(bool is_own) noexcept
    {
        if (is_own && rules_.requires_address) {
            refuse(Reason::own_address);
        }
    }

    base::Address6 with_suffix(const base::Address6& suffix) noexcept
    {
        return base::with_suffix(proposal_.prefix.value, suffix);
    }

    /// The change of the AAAA record, with the prefix in front of an address that is only an identifier.
    ipc::ChangeOf<base::Address6> with_prefix() noexcept
    {
        ipc::ChangeOf<base::Address6> change = proposal_.ipv6;
        const bool is_identifier = base::prefix_of(change.value, proposal_.prefix.value.length) ==
                                   base::prefix_of({}, proposal_.prefix.value.length);
        if (sets_prefix() && is_identifier) {
            change.value = with_suffix(change.value);
        }
        return change;
    }

    template <typename Address>
    std::optional<Address> changed(const ipc::ChangeOf<Address>& change, const std::optional<Address>& before)
    {
        switch (meaning(change.change)) {
        case Change::missing:
        case Change::keep:
            return before;
        case Change::remove:
            return std::nullopt;
        case Change::set:
            check_own(change.is_own);
            return suitable(change.value);
        }
        return before;
    }

    /// `missing` as the host or the dialect wants it.
    Change meaning(Change change) const noexcept
    {
        if (change != Change::missing) {
            return change;
        }
        const bool removes = rules_.missing == ipc::Missing::by_dialect
                                 ? proposal_.missing_removes
                                 : rules_.missing == ipc::Missing::remove;
        return removes ? Change::remove : Change::keep;
    }

    template <typename Address>
    Address suitable(const Address& address) noexcept
    {
        if (!base::can_be_of_host(address)) {
            refuse(Reason::none);
            return address;
        }
        if (!base::is_private(address) || rules_.private_addresses == PrivateAddresses::accepted) {
            return address;
        }
        const auto own = own_address(proposal_, address);
        if (rules_.private_addresses == PrivateAddresses::refused || !own || !base::is_public(*own)) {
            refuse(private_reason(address));
            return address;
        }
        check_own(true);
        return *own;
    }

    const ipc::Propose& proposal_;
    const HostRules& rules_;
    bool is_unsuitable_ = false;
    Reason reason_ = Reason::none;
};

/// RFC 4648 section 5
bool is_base64url(const ipc::ChallengeValue& value) noexcept
{
    return std::ranges::all_of(value, [](std::uint8_t c) {
        const auto letter = static_cast<std::uint8_t>(c | 0x20);
        return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

/// False if the value is not valid.
bool change_challenge(journal::Challenge& challenge, const ipc::Propose& proposal,
                      base::UnixTime now) noexcept
{
    switch (proposal.txt) {
    case ipc::TxtChange::none:
        break;
    case ipc::TxtChange::set:
        challenge.add({proposal.value, base::expiry(now, challenge_lifetime)});
        return is_base64url(proposal.value);
    case ipc::TxtChange::remove:
        challenge.remove_if([&](const journal::ChallengeValue& old) { return old.text == proposal.value; });
        return is_base64url(proposal.value);
    case ipc::TxtChange::clear:
        challenge.clear();
        break;
    }
    return true;
}

/// The values of `all` that `others` does not have.
std::vector<ipc::ChallengeValue> values_without(const journal::Challenge& all,
                                                const journal::Challenge& others)
{
    std::vector<ipc::ChallengeValue> result;
    const auto known = others.values();
    for (const journal::ChallengeValue& value : all.values()) {
        if (std::ranges::find(known, value.text, &journal::ChallengeValue::text) == known.end()) {
            result.push_back(value.text);
        }
    }
    return result;
}

} // namespace

Decision decide(const HostData& before, const ipc::Propose& proposal, const HostRules& rules,
                base::UnixTime now) noexcept
{
    Decision result{before, {}};
    if (proposal.changes_addresses()) {
        result = AddressDecision{proposal, rules}.decide(before, now);
    }
    const bool is_valid = change_challenge(result.after.challenge, proposal, now);
    if (!is_valid) {
        result.outcome = {ipc::Verdict::unsuitable};
    }
    if (result.outcome.verdict != ipc::Verdict::unsuitable) {
        const HostData& after = result.after;
        const bool is_same = after.same_records(before) && after.prefix == before.prefix &&
                             after.challenge.same_texts(before.challenge);
        result.outcome.verdict = is_same ? ipc::Verdict::unchanged : ipc::Verdict::committed;
    }
    return result;
}

HostData expired(const HostData& before, base::UnixTime now) noexcept
{
    HostData after = before;
    if (before.has_lifetime() && before.expires <= now) {
        static_cast<HostState&>(after) = {};
        after.updated = before.updated;
        after.prefix.reset();
        after.report.changed = now;
    }
    after.challenge.remove_if([&](const journal::ChallengeValue& value) { return value.expires <= now; });
    return after;
}

ipc::ChangeLine describe_change(const HostData& before, const HostData& after)
{
    ipc::ChangeLine line;
    line.a = ipc::change_of(before.a, after.a);
    line.aaaa = ipc::change_of(before.aaaa, after.aaaa);
    line.prefix = ipc::change_of(before.prefix, after.prefix);
    line.added = values_without(after.challenge, before.challenge);
    line.removed = values_without(before.challenge, after.challenge);
    return line;
}

} // namespace keeper
