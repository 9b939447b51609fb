#include "proto/http/form.h"

#include <algorithm>
#include <utility>

#include "proto/base/address_kinds.h"
#include "proto/base/text.h"
#include "proto/http/challenge.h"
#include "proto/http/list.h"

namespace http
{

namespace
{

/// A body without Content-Type is a form: scripts omit it.
bool is_form(const std::optional<std::string_view>& content_type) noexcept
{
    if (!content_type) {
        return true;
    }
    const std::string_view type = content_type->substr(0, content_type->find_first_of("; \t"));
    return type.empty() || base::equal_ignoring_case(type, "application/x-www-form-urlencoded");
}

Sentence sentence_of(QueryError error) noexcept
{
    switch (error) {
    case QueryError::none:
        return Sentence::none;
    case QueryError::bad_escape:
        return Sentence::bad_escape;
    case QueryError::too_many:
        break;
    }
    return Sentence::too_many_parameters;
}

/// Of the host in the proposal, which gets it if there is room.
std::optional<std::uint8_t> index_of(const dns::Name& host, ipc::Propose& proposal)
{
    const auto found = std::ranges::find(proposal.hosts, host);
    if (found == proposal.hosts.end()) {
        if (proposal.hosts.size() == ipc::max_hosts_of_proposal) {
            return std::nullopt;
        }
        proposal.hosts.push_back(host);
        return static_cast<std::uint8_t>(proposal.hosts.size() - 1);
    }
    return static_cast<std::uint8_t>(found - proposal.hosts.begin());
}

} // namespace

Sentence collect(const Request& request, Parameters& parameters)
{
    const std::string_view query = request.query.value_or("");
    const bool has_body = request.method == Method::post && !request.body.empty();
    const bool has_form = has_body && is_form(request.content_type);
    const Sentence wrong = sentence_of(parameters.add(query));
    if (wrong != Sentence::none || !has_body) {
        return wrong;
    }
    if (!has_form) {
        return query.empty() ? Sentence::no_form : Sentence::none;
    }
    return sentence_of(parameters.add(request.body));
}

std::string_view text_of(const Secret& secret) noexcept
{
    const auto* token = std::get_if<base::Token>(&secret);
    return token == nullptr ? std::string_view{} : base::as_text(token->bytes());
}

std::optional<Problem> read_hosts(std::string_view list, std::string_view secret, Update& update)
{
    const bool is_of_api = update.proposal.all_or_nothing && !update.proposal.names_may_be_relative;
    std::optional<Problem> problem;
    const auto refuse = [&](Problem one) {
        if (!problem || one.sentence == Sentence::too_many_hosts) {
            problem = std::move(one);
        }
    };
    for_each_item(list, [&](std::string_view item) {
        const auto host = dns::Name::from_text(item);
        if (update.echo.lines.size() == max_names_of_request) {
            return refuse({Sentence::too_many_hosts});
        }
        Echo::Line& line = update.echo.lines.emplace_back();
        if (!host || (host->is_root() && !is_of_api)) {
            Problem bad{Sentence::bad_host, std::string{item}};
            line.sentence = text_of(bad, secret);
            return refuse(std::move(bad));
        }
        const auto index = index_of(*host, update.proposal);
        if (!index) {
            return refuse({Sentence::too_many_hosts});
        }
        line.host = *index;
    });
    if (update.echo.lines.empty()) {
        refuse({Sentence::no_host});
    }
    return problem;
}

std::optional<Problem> read_challenge(const Parameters& parameters, Update& update)
{
    const auto text = parameters.find("txt");
    ipc::Propose& proposal = update.proposal;
    if (!text) {
        return std::nullopt;
    }
    if (text->empty()) {
        proposal.txt = ipc::TxtChange::clear;
        return std::nullopt;
    }
    const auto value = challenge_value(*text);
    if (!value) {
        return Problem{Sentence::bad_challenge};
    }
    proposal.txt = parameters.find("clear") == "true" ? ipc::TxtChange::remove : ipc::TxtChange::set;
    proposal.value = *value;
    update.echo.value = *text;
    return std::nullopt;
}

void read_prefixes(const Parameters& parameters, AddressReader& addresses)
{
    for (const std::string_view name : prefix_names) {
        if (const auto value = parameters.find(name)) {
            addresses.read_prefix(*value);
        }
    }
}

std::optional<Problem> finish(AddressReader& addresses, ipc::Propose& proposal)
{
    const bool has_challenge = proposal.txt != ipc::TxtChange::none;
    if (has_challenge && !addresses.names_something()) {
        proposal.ipv4.change = ipc::Change::keep;
        proposal.ipv6.change = ipc::Change::keep;
        proposal.prefix.change = ipc::Change::keep;
        return std::nullopt;
    }
    return addresses.finish(proposal, has_challenge);
}

Refused refused(const Dialect& dialect, Fault fault, const Problem& problem, std::string_view secret)
{
    Refused result{dialect.refusal(fault, text_of(problem, secret)), ""};
    const bool is_no_secret =
        problem.sentence == Sentence::misnamed_address || problem.sentence == Sentence::own_unreachable;
    if (!problem.value.empty() && !is_no_secret) {
        result.why = dialect.refusal(fault, text_for_log(problem.sentence)).body;
    }
    return result;
}

Refused refused_secret(const Dialect& dialect)
{
    return {dialect.refusal(Fault::wrong_secret, {}), "",
            "the secret is empty, longer than 255 bytes, or not in Base64"};
}

namespace
{

/// A host with a suffix has the address of the prefix, whatever the request's address is.
std::string private_text(const ipc::Propose& proposal)
{
    const bool is_address = proposal.ipv6.change == ipc::Change::set && base::is_private(proposal.ipv6.value);
    return is_address ? base::to_text(proposal.ipv6.value) : base::to_text(proposal.prefix.value);
}

Problem problem_of(const ipc::HostOutcome& outcome, const ipc::Propose& proposal)
{
    switch (outcome.reason) {
    case ipc::Reason::private_address4:
        return {Sentence::private_address, base::to_text(proposal.ipv4.value)};
    case ipc::Reason::private_address6:
        return {Sentence::private_address, private_text(proposal)};
    case ipc::Reason::own_address:
        return {Sentence::own_refused};
    case ipc::Reason::none:
        break;
    }
    return {};
}

} // namespace

std::string text_of(const ipc::HostOutcome& outcome, const ipc::Propose& proposal)
{
    return text_of(problem_of(outcome, proposal), base::as_text(proposal.token.bytes()));
}

bool has_verdict(const ipc::Settled& settled, ipc::Verdict verdict) noexcept
{
    return std::ranges::any_of(settled.hosts,
                               [=](const ipc::HostOutcome& one) { return one.verdict == verdict; });
}

} // namespace http
