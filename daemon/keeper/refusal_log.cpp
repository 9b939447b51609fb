#include "daemon/keeper/refusal_log.h"

#include "privsep/log.h"
#include "proto/base/secret.h"
#include "proto/base/text.h"
#include "proto/ipc/refusal_line.h"

namespace keeper
{

namespace
{

using Block = BruteForceLimit::Block;
using privsep::Level;

std::string describe(Block block, const base::Address& client)
{
    if (block == Block::client) {
        return base::filled("; one is checked every {} s", {BruteForceLimit::of_client.interval});
    }
    if (block == Block::network) {
        const auto network = common::origin_network(client);
        return base::filled(" from {}; one is checked every {} s",
                            {common::to_text(network), BruteForceLimit::of_network.interval});
    }
    return base::filled(" from all clients together; one is checked every {} s. A token of {} bytes or more "
                        "has no such limit",
                        {BruteForceLimit::of_host.interval, base::Token::min_good_bytes});
}

/// A look is one of the page for people.
ipc::Attempt attempt_of(bool is_challenge, bool is_look) noexcept
{
    if (is_look) {
        return ipc::Attempt::look;
    }
    return is_challenge ? ipc::Attempt::challenge : ipc::Attempt::update;
}

} // namespace

RefusalLog::Note RefusalLog::note_of(const ipc::Propose& proposal, std::size_t place, Block block,
                                     bool is_look)
{
    const dns::Name host = proposal.account ? dns::Name{} : proposal.hosts[place];
    return {dns::CompactName{host},         proposal.client, block, !proposal.changes_addresses(), is_look,
            proposal.names_may_be_relative, proposal.account};
}

void RefusalLog::note_refused(const ipc::Propose& proposal, std::size_t place, base::Uptime now, bool is_look)
{
    if (refused_limit_.admits(proposal.client, now.count())) {
        notes_.push_back(note_of(proposal, place, Block::none, is_look));
    }
}

bool RefusalLog::note_blocked(const ipc::Propose& proposal, std::size_t place, Block block, base::Uptime now,
                              bool is_look)
{
    const bool is_admitted = blocked_limit_.admits(proposal.client, now.count());
    if (is_admitted) {
        notes_.push_back(note_of(proposal, place, block, is_look));
    }
    return is_admitted;
}

void RefusalLog::write() noexcept
{
    for (const Note& note : notes_) {
        ipc::RefusalLine line{};
        line.client = note.client;
        line.attempt = attempt_of(note.is_challenge, note.is_look);
        line.is_blocked = note.block != Block::none;
        if (note.account) {
            line.account = note.account->user;
        } else if (!may_be_token(note)) {
            line.host = note.host.get();
        }
        line.reason =
            line.is_blocked ? "too many wrong tokens" + describe(note.block, note.client) : reason(note);
        privsep::log_text(Level::notice, ipc::to_text(line));
    }
    notes_.clear();
}

/// A client that swaps two fields sends its token as the name. A token has no dot, but the zone's name may
/// have been added to it.
bool RefusalLog::may_be_token(const Note& note) const
{
    const dns::Name host = note.host.get();
    if (host.is_root()) {
        return true;
    }
    const bool has_one_label =
        host.parent().is_root() || (note.may_be_completed && host.parent() == apex_.get());
    return has_one_label && !exists(host) && !full_name(host);
}

std::string RefusalLog::reason_of_host(HostNumber host, bool is_challenge) const
{
    if (is_challenge && !hosts_.can_have_challenge(host)) {
        return "the host has neither acme=yes nor an acme_hash=";
    }
    if (!is_challenge && hosts_.is_static(host)) {
        return "a static host, which has no token in the config";
    }
    return wrong("token", host, Purpose::addresses);
}

/// From elsewhere the right secret is a wrong one, also in words: which of both it was is not known here.
std::string RefusalLog::wrong(std::string_view secret, HostNumber host, Purpose purpose) const
{
    return base::filled(
        "wrong {}{}",
        {secret, hosts_.has_networks(host, purpose) ? ", or its allow_from= does not have the client" : ""});
}

std::string RefusalLog::reason(const Note& note) const
{
    if (note.account) {
        const HostNumber host = hosts_.look_up(*note.account).host;
        return host != hosts_.count() ? wrong("key", host, Purpose::account) : "unknown account";
    }
    const dns::Name host = note.host.get();
    if (const auto number = hosts_.find(host)) {
        return reason_of_host(*number, note.is_challenge);
    }
    if (hosts_.is_static(host)) {
        return "a static host, which has no token in the config";
    }
    if (const auto full = full_name(host)) {
        std::string text = base::escape(full->to_text());
        text.pop_back(); // the dot at its end, which clients do not write
        return base::filled("unknown host; did you mean {}?", {text});
    }
    return "unknown host";
}

/// The host whose name begins with this one and ends with the rest of the domain's: home.dyn.example.org for
/// home, and for home.dyn.
std::optional<dns::Name> RefusalLog::full_name(const dns::Name& name) const
{
    for (dns::Name rest = apex_.get(); !rest.is_root(); rest = rest.parent()) {
        const auto full = dns::Name::join(name, rest);
        if (full && exists(*full)) {
            return full;
        }
    }
    return std::nullopt;
}

} // namespace keeper
