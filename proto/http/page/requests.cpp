#include "proto/http/page/requests.h"

#include <algorithm>
#include <utility>

#include "proto/base/address.h"
#include "proto/base/text.h"
#include "proto/http/cross_site.h"
#include "proto/http/family.h"
#include "proto/http/form.h"
#include "proto/http/sentences.h"

namespace http::page
{

namespace
{

constexpr std::uint16_t default_https_port = 443;

bool is_plain_character(char c) noexcept
{
    return base::is_letter(c) || base::is_digit(c) || c == '.' || c == '-' || c == '_';
}

/// In lower case and without the dot at the end; empty if it is neither a name nor an IPv4 address.
std::string host_of(std::string_view text)
{
    if (const auto four = base::parse_address4(text)) {
        return base::to_text(*four);
    }
    const auto name = dns::Name::from_text(text);
    if (!name || name->is_root() || !std::ranges::all_of(text, is_plain_character)) {
        return {};
    }
    std::string host = base::to_lower(name->to_text());
    host.pop_back();
    return host;
}

/// RFC 9110 section 15.4.9. The method stays the same.
Reply redirect(const Authority& authority, std::uint16_t port)
{
    if (authority.host.empty()) {
        return {Status::bad_request, "found no field Host, which names the server"};
    }
    Reply reply{Status::permanent_redirect, "use HTTPS"};
    base::append(reply.location, "https://{}", {authority.host});
    if (port != default_https_port) {
        base::append(reply.location, ":{}", {port});
    }
    reply.location += path;
    return reply;
}

bool starts_with_https(const std::optional<std::string_view>& url) noexcept
{
    constexpr std::string_view scheme = "https://";
    return url && base::equal_ignoring_case(url->substr(0, scheme.size()), scheme);
}

/// What every page has.
void describe(const Request& request, const Client& client, const Entrance& entrance,
              const Authority& authority, Page& page)
{
    page.show(client.is_known ? Part::known : Part::unknown);
    page.set(Value::address, client.is_known ? base::to_text(client.address) : "");
    page.set(Value::server, authority.host.empty() ? "SERVER" : authority.host + authority.port);
    // behind a proxy, only the browser knows
    const bool is_https =
        entrance.is_tls || starts_with_https(request.origin) || starts_with_https(request.referer);
    page.set(Value::scheme, is_https ? "https" : "http");
    if (!entrance.is_private) {
        page.show(Part::plain);
    }
}

Show refuse(Page& page, std::string_view sentence)
{
    page.say(Part::failed, sentence);
    return {Status::bad_request};
}

std::string_view trimmed(std::string_view text) noexcept
{
    const std::size_t first = std::min(text.find_first_not_of(" \t"), text.size());
    text.remove_prefix(first);
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// False if the form has a button that the page does not have.
bool read_button(std::string_view button, Update& update)
{
    update.only_looks = button.empty() || button == "show";
    ipc::Propose& proposal = update.proposal;
    proposal.missing_removes = false;
    if (button == "clear") {
        proposal.ipv4.change = proposal.ipv6.change = proposal.prefix.change = ipc::Change::remove;
    }
    return update.only_looks || button == "set" || button == "clear";
}

/// Returns what is wrong.
std::string_view read_host(std::string_view name, std::string_view token, ipc::Propose& proposal)
{
    const auto host = dns::Name::from_text(name);
    if (!host || host->is_root()) {
        return "Type the name of a host.";
    }
    const Secret secret = secret_from(token);
    if (std::holds_alternative<NoSecret>(secret)) {
        return "Type the token of the host.";
    }
    if (!std::holds_alternative<base::Token>(secret)) {
        return "The token is longer than 255 bytes.";
    }
    proposal.token = std::get<base::Token>(secret);
    proposal.hosts.push_back(*host);
    proposal.names_may_be_relative = true;
    return {};
}

/// The problem is shown without its value, which may be the token in a wrong field.
Read read_form(const Request& request, const Client& client, Page& page)
{
    Parameters parameters;
    Request form = request;
    form.query.reset(); // it may have been in a bookmark, but nothing belongs there
    if (const Sentence wrong = collect(form, parameters); wrong != Sentence::none) {
        return refuse(page, text_for_log(wrong));
    }
    const auto value = [&](std::string_view name) { return trimmed(parameters.find(name).value_or("")); };
    const Part router = router_of(value("router"));
    Update update;
    if (!read_button(value("do"), update)) {
        return refuse(page, "The form has an unknown button.");
    }
    ipc::Propose& proposal = update.proposal;
    proposal.dialect = ipc::Dialect::page;
    proposal.client = client.address;
    proposal.client_is_known = client.is_known;
    if (const auto wrong = read_host(value("host"), parameters.find("token").value_or(""), proposal);
        !wrong.empty()) {
        return refuse(page, wrong);
    }
    AddressReader addresses{client};
    if (value("do") == "set") {
        addresses.read_either(value("ip"));
        if (const auto problem = addresses.finish(proposal, false)) {
            return refuse(page, text_for_log(problem->sentence));
        }
    }
    if (router != Part::router) { // shown with the records, by add()
        update.router = static_cast<std::uint8_t>(router);
    }
    return update;
}

} // namespace

Read read(const Request& request, const Client& client, const Entrance& entrance, Page& page)
{
    const bool is_post = request.method == Method::post;
    if (is_post && is_cross_site(request)) {
        return Refused{plain_reply(Status::forbidden), "", "another web site made a browser send it"};
    }
    const Authority authority = authority_of(request.host.value_or(""));
    if (!entrance.is_private && entrance.https_port != 0) {
        return Answer{redirect(authority, entrance.https_port)};
    }
    describe(request, client, entrance, authority, page);
    return is_post ? read_form(request, client, page) : Read{Show{}};
}

bool is_done(const ipc::Settled& settled) noexcept
{
    return has_verdict(settled, ipc::Verdict::committed) || has_verdict(settled, ipc::Verdict::unchanged);
}

Status add(const Update& update, const ipc::Settled& settled, Page& page)
{
    const ipc::HostOutcome& outcome = settled.hosts.front();
    switch (outcome.verdict) {
    case ipc::Verdict::committed:
        page.say(Part::done, "Done. The records are changed.");
        return Status::ok;
    case ipc::Verdict::unchanged:
        page.say(Part::done, "Done. The records were the same before.");
        return Status::ok;
    case ipc::Verdict::unsuitable:
        page.say(Part::failed, http::text_of(outcome, update.proposal));
        return Status::bad_request;
    case ipc::Verdict::unavailable:
        page.say(Part::failed,
                 "The server cannot do that now, or too many wrong tokens were sent for this host. "
                 "Try again in a minute.");
        return Status::unavailable;
    case ipc::Verdict::refused:
    case ipc::Verdict::outside_zone:
        break;
    }
    page.say(Part::failed, "The token is wrong, or there is no host with this name.");
    return Status::forbidden;
}

void add(const ipc::Seen& seen, std::uint8_t router, Page& page)
{
    std::string name = seen.host.to_text();
    name.pop_back(); // the dot at its end
    page.show(Part::host);
    page.set(Value::name, name);
    page.show(seen.was_updated ? Part::updated : Part::config);
    page.set(Value::a, seen.address4 ? base::to_text(*seen.address4) : "none");
    page.set(Value::aaaa, seen.address6 ? base::to_text(*seen.address6) : "none");
    if (seen.prefix) {
        page.show(Part::prefix);
        page.set(Value::prefixvalue, base::to_text(*seen.prefix));
    }
    page.set(Value::change, seen.since_change ? text_of(*seen.since_change) + " ago" : "not known");
    const bool has_lifetime = seen.address4 || seen.address6 || seen.prefix;
    page.set(Value::expires, !has_lifetime                  ? "no address"
                             : seen.lifetime == base::never ? "never"
                                                            : "in " + text_of(seen.lifetime));
    std::string texts;
    for (const ipc::ChallengeValue& value : seen.challenge) {
        base::append(texts, "{}{}", {texts.empty() ? "" : " ", base::as_text(value)});
        page.show(Part::challenge);
    }
    page.set(Value::texts, texts);
    if (router != 0) {
        page.show(Part::router);
        page.show(static_cast<Part>(router));
    }
}

std::string text_of(base::Seconds time)
{
    struct Unit {
        std::uint32_t seconds;
        char name[4];
    };
    constexpr auto units = std::to_array<Unit>({{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}});
    auto left = static_cast<std::uint64_t>(time.count());
    std::string text;
    unsigned shown = 0;
    for (const Unit& unit : units) {
        const std::uint64_t count = left / unit.seconds;
        left %= unit.seconds;
        if (count != 0 && shown < 2) {
            base::append(text, "{}{} {}", {text.empty() ? "" : " ", count, unit.name});
        }
        shown += shown != 0 || count != 0 ? 1 : 0;
    }
    return text.empty() ? "0 s" : text;
}

Authority authority_of(std::string_view host)
{
    Authority authority;
    std::string_view port;
    if (host.starts_with('[')) {
        const std::size_t end = host.find(']');
        const auto six = base::parse_address6(host.substr(1, end - 1));
        if (end == std::string_view::npos || !six) {
            return {};
        }
        authority.host = '[' + base::to_text(*six) + ']';
        port = host.substr(end + 1);
    } else {
        const std::size_t end = std::min(host.find(':'), host.size());
        authority.host = host_of(host.substr(0, end));
        port = host.substr(end);
    }
    if (port.empty() || port == ":") {
        return authority;
    }
    constexpr std::uint64_t highest = 65535;
    const auto number = base::parse_decimal(port.substr(1), highest);
    if (port.front() != ':' || !number) {
        return {};
    }
    base::append(authority.port, ":{}", {*number});
    return authority;
}

} // namespace http::page
