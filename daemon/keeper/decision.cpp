#include "daemon/keeper/decision.h"

#include "proto/base/text.h"

namespace keeper
{

namespace
{

template <typename Address>
std::optional<Address> changed(const ipc::ChangeOf<Address>& change, const std::optional<Address>& before,
                               bool missing_removes)
{
    switch (change.change) {
    case ipc::Change::missing:
        return missing_removes ? std::nullopt : before;
    case ipc::Change::keep:
        return before;
    case ipc::Change::remove:
        return std::nullopt;
    case ipc::Change::set:
        return change.value;
    }
    return before;
}

template <typename Address>
void describe(const char* type, const std::optional<Address>& before, const std::optional<Address>& after,
              std::string& text)
{
    if (before == after) {
        return;
    }
    text += text.empty() ? "" : ", ";
    text += type;
    if (!after) {
        text += " removed";
        return;
    }
    text += ' ' + base::to_text(*after);
    if (before) {
        base::append(text, " (was {})", {base::to_text(*before)});
    }
}

} // namespace

HostState decide(const HostState& before, const ipc::Propose& proposal, base::Seconds lifetime,
                 base::UnixTime now) noexcept
{
    HostState after;
    after.a = changed(proposal.ipv4, before.a, proposal.missing_removes);
    after.aaaa = changed(proposal.ipv6, before.aaaa, proposal.missing_removes);
    after.expires = base::expiry(now, lifetime);
    after.updated = true;
    return after;
}

HostState expired(const HostState& before) noexcept
{
    HostState after;
    after.updated = before.updated;
    return after;
}

std::string describe_change(const HostState& before, const HostState& after)
{
    std::string text;
    describe("A", before.a, after.a, text);
    describe("AAAA", before.aaaa, after.aaaa, text);
    return text.empty() ? "no address" : text;
}

} // namespace keeper
