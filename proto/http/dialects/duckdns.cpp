// DuckDNS, at paths that end in `/update` and have the parameter `domains`:
//   domains  labels below the zone, or whole names
//   ip       addresses of either family, in a list; empty: the client's own address
//   ipv6     empty counts as missing
//   txt      the value of a challenge
//   clear    `true` removes both addresses, or the value of `txt`
//   verbose  `true` makes the reply say more
#include "proto/http/dialects/rows.h"
#include "proto/http/form.h"

namespace http::dialects
{

namespace
{

bool is_duckdns(const Request& /*request*/, const Parameters& parameters)
{
    return parameters.find("domains").has_value();
}

constexpr Status status_of(Fault fault) noexcept
{
    switch (fault) {
    case Fault::no_secret:
    case Fault::wrong_secret:
    case Fault::outside_zone:
        return Status::forbidden;
    case Fault::unavailable:
        return Status::unavailable;
    case Fault::no_host:
    case Fault::too_many_hosts:
    case Fault::bad_address:
    case Fault::bad_value:
    case Fault::malformed:
        break;
    }
    return Status::bad_request;
}

Reply refusal_of_duckdns(Fault fault, std::string_view sentence)
{
    Reply reply{status_of(fault), "KO"};
    if (!sentence.empty()) {
        reply.body += '\n';
        reply.body += sentence;
    }
    return reply;
}

std::optional<Problem> read_values(const Parameters& parameters, const Client& client, ipc::Propose& proposal)
{
    const bool has_challenge = proposal.txt != ipc::TxtChange::none;
    if (parameters.find("clear") == "true" && !has_challenge) {
        proposal.ipv4.change = ipc::Change::remove;
        proposal.ipv6.change = ipc::Change::remove;
        return std::nullopt;
    }
    AddressReader addresses{client};
    if (const auto value = parameters.find("ip")) {
        addresses.read_either(*value);
    }
    if (const auto value = parameters.find("ipv6"); value && !value->empty()) {
        addresses.read6(*value);
    }
    if (!addresses.says_something() && !has_challenge) {
        addresses.read_either({}); // the client's own address
    }
    return finish(addresses, proposal);
}

ReadResult read_duckdns(const Request& request, const Parameters& parameters, const Client& client)
{
    const Secret secret = secret_of(request, parameters);
    if (std::holds_alternative<NoSecret>(secret)) {
        return Refused{refusal_of_duckdns(Fault::no_secret, {}), ""};
    }
    const std::string_view shown = text_of(secret);
    Update update;
    update.proposal.names_may_be_relative = true;
    update.proposal.missing_removes = false;
    update.echo.is_verbose = parameters.find("verbose") == "true";
    if (const auto problem = read_hosts(parameters.find("domains").value_or(""), shown, update)) {
        const bool has_too_many = problem->sentence == Sentence::too_many_hosts;
        return refused(duckdns, has_too_many ? Fault::too_many_hosts : Fault::no_host, *problem, shown);
    }
    if (const auto problem = read_challenge(parameters, update)) {
        return refused(duckdns, Fault::bad_value, *problem, shown);
    }
    if (const auto problem = read_values(parameters, client, update.proposal)) {
        return refused(duckdns, Fault::bad_address, *problem, shown);
    }
    const auto* token = std::get_if<base::Token>(&secret);
    if (token == nullptr) {
        return refused_secret(duckdns);
    }
    update.proposal.token = *token;
    return update;
}

/// The addresses are those of the first host.
std::string verbose_body(const Update& update, const ipc::Settled& settled)
{
    std::string body = "OK\n";
    if (update.proposal.txt != ipc::TxtChange::none) {
        body += update.echo.value;
    } else {
        const ipc::HostOutcome& first = settled.hosts.front();
        body += first.address4 ? base::to_text(*first.address4) : "";
        body += '\n';
        body += first.address6 ? base::to_text(*first.address6) : "";
    }
    body += has_verdict(settled, ipc::Verdict::committed) ? "\nUPDATED" : "\nNOCHANGE";
    return body;
}

Reply reply_to_duckdns(const Update& update, const ipc::Settled& settled)
{
    if (has_verdict(settled, ipc::Verdict::unavailable)) {
        return refusal_of_duckdns(Fault::unavailable, {});
    }
    if (has_verdict(settled, ipc::Verdict::refused) || has_verdict(settled, ipc::Verdict::outside_zone)) {
        return refusal_of_duckdns(Fault::wrong_secret, {});
    }
    for (const ipc::HostOutcome& outcome : settled.hosts) {
        if (outcome.verdict == ipc::Verdict::unsuitable) {
            return refusal_of_duckdns(Fault::bad_address, text_of(outcome, update.proposal));
        }
    }
    return {Status::ok, update.echo.is_verbose ? verbose_body(update, settled) : "OK"};
}

} // namespace

const Dialect duckdns{
    {"/update"},        allows_both,          true, true, is_duckdns, read_duckdns, reply_to_duckdns,
    refusal_of_duckdns, ipc::Dialect::duckdns};

} // namespace http::dialects
