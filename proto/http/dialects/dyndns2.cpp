// dyndns2, at `/nic/update` and every other path that ends in `/update`, with the parameters
//   hostname  full names of hosts
//   myip, ip  addresses of either family, in a list; empty: the client's own address
//   myipv4, ipv4, myipv6, myip6, ip6, ipv6
//   ip6lanprefix, ipv6prefix, ip6prefix
// The reply has a line for each host, in their order: a word and what belongs to it.
#include <array>
#include <utility>

#include "proto/http/dialects/rows.h"
#include "proto/http/form.h"

namespace http::dialects
{

namespace
{

struct Word {
    Status status;
    std::string_view text;
};

constexpr Word word_of(Fault fault) noexcept
{
    switch (fault) {
    case Fault::no_secret:
    case Fault::wrong_secret:
        return {Status::unauthorized, "badauth"};
    case Fault::outside_zone:
        return {Status::ok, "nohost"};
    case Fault::no_host:
        return {Status::ok, "notfqdn"};
    case Fault::too_many_hosts:
        return {Status::ok, "numhost"};
    case Fault::unavailable:
        return {Status::unavailable, "911"};
    case Fault::bad_address:
    case Fault::bad_value:
    case Fault::malformed:
        break;
    }
    return {Status::bad_request, "dnserr"};
}

std::string line_of(std::string_view word, std::string_view rest)
{
    std::string line{word};
    if (!rest.empty()) {
        line += ' ';
        line += rest;
    }
    return line;
}

Reply refusal_of_dyndns2(Fault fault, std::string_view sentence)
{
    const Word word = word_of(fault);
    return {word.status, line_of(word.text, sentence)};
}

void add_line(std::string& body, std::string_view line)
{
    if (!body.empty()) {
        body += '\n';
    }
    body += line;
}

void read_values(const Parameters& parameters, AddressReader& addresses)
{
    for (const std::string_view name : {"myip", "ip"}) {
        if (const auto value = parameters.find(name)) {
            addresses.read_either(*value);
        }
    }
    for (const std::string_view name : {"myipv4", "ipv4"}) {
        if (const auto value = parameters.find(name)) {
            addresses.read4(*value);
        }
    }
    for (const std::string_view name : {"myipv6", "myip6", "ip6", "ipv6"}) {
        if (const auto value = parameters.find(name)) {
            addresses.read6(*value);
        }
    }
    read_prefixes(parameters, addresses);
    if (!addresses.says_something()) {
        addresses.read_either({}); // the client's own address
    }
}

/// A line for each name: those that are invalid say so, and all others have the problem.
Refused refused_lines(const Update& update, const Problem& problem, std::string_view secret)
{
    Refused result = refused(dyndns2, Fault::bad_address, problem, secret);
    const std::string line = std::exchange(result.reply.body, {});
    if (result.why.empty()) {
        result.why = line; // a line of the reply may have a name that is a secret at a wrong place
    }
    for (const Echo::Line& one : update.echo.lines) {
        add_line(result.reply.body,
                 one.host == Echo::no_host ? refusal_of_dyndns2(Fault::no_host, one.sentence).body : line);
    }
    return result;
}

ReadResult read_dyndns2(const Request& request, const Parameters& parameters, const Client& client)
{
    const Secret secret = secret_of(request, parameters);
    if (std::holds_alternative<NoSecret>(secret)) {
        return Refused{refusal_of_dyndns2(Fault::no_secret, {}), ""};
    }
    const std::string_view shown = text_of(secret);
    Update update;
    update.proposal.all_or_nothing = false;
    update.proposal.missing_removes = false;
    const auto problem = read_hosts(parameters.find("hostname").value_or(""), shown, update);
    if (problem && problem->sentence == Sentence::too_many_hosts) {
        return refused(dyndns2, Fault::too_many_hosts, *problem, shown);
    }
    if (problem && update.proposal.hosts.empty()) {
        return refused(dyndns2, Fault::no_host, *problem, shown);
    }
    if (parameters.find("txt")) { // "good" would say that it is set
        return refused(dyndns2, Fault::bad_value, {Sentence::misplaced_challenge}, shown);
    }
    AddressReader addresses{client};
    read_values(parameters, addresses);
    if (const auto wrong = finish(addresses, update.proposal)) {
        return refused_lines(update, *wrong, shown);
    }
    const auto* token = std::get_if<base::Token>(&secret);
    if (token == nullptr) {
        return refused_secret(dyndns2);
    }
    update.proposal.token = *token;
    return update;
}

/// What this request has set: IPv4, then IPv6, or the prefix where it is all. ddclient takes the second of
/// two words for the address, so there is no blank.
std::string addresses_of(const ipc::HostOutcome& outcome)
{
    std::string text = outcome.address4 ? base::to_text(*outcome.address4) : "";
    if (outcome.address6) {
        text += text.empty() ? "" : ",";
        text += base::to_text(*outcome.address6);
    }
    return text.empty() && outcome.prefix ? base::to_text(*outcome.prefix) : text;
}

/// The zone's name is known from the keeper alone.
Reply outside(const Update& update, const ipc::Settled& settled, const dns::Name& host)
{
    const dns::Name zone = settled.zone->get();
    const std::string_view secret = base::as_text(update.proposal.token.bytes());
    const auto text = [](const dns::Name& name) {
        std::string shown = name.to_text();
        shown.pop_back(); // the dot at its end
        return shown;
    };
    const auto whole = dns::Name::join(host, zone);
    if (host.labels() == 1 && whole) {
        return refusal_of_dyndns2(Fault::no_host, text_of({Sentence::single_label, text(*whole)}, secret));
    }
    return refusal_of_dyndns2(Fault::outside_zone, text_of({Sentence::outside_zone, text(zone)}, secret));
}

Reply reply_to_host(const Update& update, const ipc::Settled& settled, std::size_t host)
{
    const ipc::HostOutcome& outcome = settled.hosts[host];
    switch (outcome.verdict) {
    case ipc::Verdict::committed:
        return {Status::ok, line_of("good", addresses_of(outcome))};
    case ipc::Verdict::unchanged:
        return {Status::ok, line_of("nochg", addresses_of(outcome))};
    case ipc::Verdict::refused:
        return {Status::ok, "nohost"};
    case ipc::Verdict::outside_zone:
        return outside(update, settled, update.proposal.hosts[host]);
    case ipc::Verdict::unsuitable:
        return refusal_of_dyndns2(Fault::bad_address, text_of(outcome, update.proposal));
    case ipc::Verdict::unavailable:
        break;
    }
    return refusal_of_dyndns2(Fault::unavailable, {});
}

/// `badauth` if the secret opens none of the hosts in the zone.
Reply reply_to_dyndns2(const Update& update, const ipc::Settled& settled)
{
    const bool has_changed =
        has_verdict(settled, ipc::Verdict::committed) || has_verdict(settled, ipc::Verdict::unchanged);
    const bool is_unsuitable = has_verdict(settled, ipc::Verdict::unsuitable);
    if (has_verdict(settled, ipc::Verdict::unavailable)) {
        return refusal_of_dyndns2(Fault::unavailable, {});
    }
    if (has_verdict(settled, ipc::Verdict::refused) && !has_changed && !is_unsuitable) {
        return refusal_of_dyndns2(Fault::wrong_secret, {});
    }
    Reply reply{is_unsuitable && !has_changed ? Status::bad_request : Status::ok, ""};
    for (const Echo::Line& line : update.echo.lines) {
        add_line(reply.body, line.host == Echo::no_host
                                 ? refusal_of_dyndns2(Fault::no_host, line.sentence).body
                                 : reply_to_host(update, settled, line.host).body);
    }
    return reply;
}

} // namespace

const Dialect dyndns2{
    {"/update"},        allows_both,          true, true, nullptr, read_dyndns2, reply_to_dyndns2,
    refusal_of_dyndns2, ipc::Dialect::dyndns2};

} // namespace http::dialects
