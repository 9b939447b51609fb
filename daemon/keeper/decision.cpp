#include "daemon/keeper/decision.h"

#include "proto/base/text.h"

namespace keeper
{

namespace
{

template <typename Address>
std::optional<Address> changed(ipc::Change change, const std::optional<Address>& before, const Address& given)
{
    switch (change) {
    case ipc::Change::keep:
        return before;
    case ipc::Change::remove:
        return std::nullopt;
    case ipc::Change::set:
        return given;
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
    after.a = changed(proposal.change4, before.a, proposal.address4);
    after.aaaa = changed(proposal.change6, before.aaaa, proposal.address6);
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
