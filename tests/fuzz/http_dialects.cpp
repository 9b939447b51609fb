// Properties of the dialects with parameters: what a request proposes can be written as another request that
// proposes the same; whatever the keeper's outcomes are, the reply has a word of success only if there is
// one.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "proto/base/bytes.h"
#include "proto/base/text.h"
#include "proto/http/dialect.h"
#include "proto/http/dialects/rows.h"
#include "proto/http/sentences.h"

namespace
{

using ipc::Change;

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

struct Form {
    std::string_view path;
    const http::Dialect* dialect;
    std::string_view hosts;
};
const std::array forms = {
    Form{"/api/update", &http::dialects::api, "hostname"},
    Form{"/nic/update", &http::dialects::dyndns2, "hostname"},
    Form{"/update", &http::dialects::duckdns, "domains"},
};

http::Client client_of(unsigned choice)
{
    static const std::array addresses = {"198.51.100.7", "2001:db8:7::7", "127.0.0.1", "fe80::1"};
    return {base::parse_address(addresses[choice % addresses.size()]).value_or(base::Address{}), choice < 4};
}

std::string escaped(base::Bytes bytes)
{
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text += '%' + base::to_hex({&byte, 1});
    }
    return text;
}

/// Every byte of a label as \DDD: a name may have commas and spaces.
std::string text_of(const dns::Name& name)
{
    std::string text;
    const base::Bytes wire = name.wire();
    for (std::size_t at = 0; wire[at] != 0; at += wire[at] + std::size_t{1}) {
        for (const std::uint8_t byte : wire.subspan(at + 1, wire[at])) {
            const std::string digits = std::to_string(byte + 1000U);
            text += "%5c" + digits.substr(1);
        }
        text += '.';
    }
    return text.empty() ? "." : text;
}

template <typename Value>
void write(std::string& query, const std::string& name, const ipc::ChangeOf<Value>& change,
           const std::string& kept, const std::string& removed)
{
    switch (change.change) {
    case Change::missing:
        return;
    case Change::keep:
        query += '&' + name + '=' + kept;
        return;
    case Change::remove:
        query += '&' + name + '=' + removed;
        return;
    case Change::set:
        query += '&' + name + '=' + base::to_text(change.value);
        return;
    }
}

/// Beside a challenge neither `preserve` nor an empty value is a reason to touch addresses, but `auto` is,
/// which keeps the family by which the client did not come.
bool needs_auto(const ipc::Propose& proposal)
{
    const auto is_named = [](Change change) { return change == Change::set || change == Change::remove; };
    return proposal.txt != ipc::TxtChange::none && !is_named(proposal.ipv4.change) &&
           !is_named(proposal.ipv6.change) && !is_named(proposal.prefix.change);
}

/// `preserve` in `ip` keeps both families. `auto` in `ipv6` keeps IPv6 alone if the client came over IPv4.
void write_duckdns_auto(std::string& query, bool is4, const ipc::Propose& proposal)
{
    if (proposal.ipv4.change == Change::keep) {
        query += "&ip=preserve,auto";
    } else {
        query += is4 ? "&ipv6=auto" : "&ip=auto&ipv6=preserve";
    }
}

/// DuckDNS has no parameter for a prefix: only `ADDRESS/LENGTH`.
void write_duckdns(std::string& query, bool is4, const ipc::Propose& proposal)
{
    if (needs_auto(proposal)) {
        return write_duckdns_auto(query, is4, proposal);
    }
    write(query, "ipv6", proposal.ipv6, "preserve", "::");
    std::string list;
    list += proposal.prefix.change == Change::set ? base::to_text(proposal.prefix.value) + ',' : "";
    list += proposal.ipv4.change == Change::set ? base::to_text(proposal.ipv4.value) : "";
    list += proposal.ipv4.change == Change::remove ? "0.0.0.0" : "";
    list += proposal.ipv4.change == Change::keep ? "preserve" : "";
    query += list.empty() ? "" : "&ip=" + list;
}

void write_challenge(std::string& query, const ipc::Propose& proposal)
{
    if (proposal.txt == ipc::TxtChange::clear) {
        query += "&txt=";
    } else if (proposal.txt != ipc::TxtChange::none) {
        query += "&txt=" + std::string{base::as_text(proposal.value)};
        query += proposal.txt == ipc::TxtChange::remove ? "&clear=true" : "";
    }
}

std::string query_of(const Form& form, const http::Client& client, const ipc::Propose& proposal)
{
    std::string query{form.hosts};
    query += '=';
    for (const dns::Name& host : proposal.hosts) {
        query += text_of(host) + ',';
    }
    query += "&token=" + escaped(proposal.token.bytes());
    write_challenge(query, proposal);
    if (!proposal.changes_addresses()) {
        return query;
    }
    const bool is4 = client.address.is4();
    if (form.dialect == &http::dialects::duckdns) {
        write_duckdns(query, is4, proposal);
        return query;
    }
    const bool is_auto = needs_auto(proposal);
    write(query, "ipv4", proposal.ipv4, is_auto && !is4 ? "auto" : "preserve", "0.0.0.0");
    write(query, "ipv6", proposal.ipv6, is_auto && is4 ? "auto" : "preserve", "::");
    write(query, "ip6prefix", proposal.prefix, "preserve", "::");
    return query;
}

template <typename Value>
bool same(const ipc::ChangeOf<Value>& left, const ipc::ChangeOf<Value>& right)
{
    return left.change == right.change && left.value == right.value;
}

http::ReadResult read(const Form& form, std::string_view query, const http::Client& client)
{
    http::Request request;
    request.path = form.path;
    request.query = query;
    return http::read_request(request, client);
}

void check_again(const Form& form, const http::Client& client, const http::Update& update)
{
    const ipc::Propose& one = update.proposal;
    const std::string query = query_of(form, client, one);
    const auto result = read(form, query, client);
    const auto* again = std::get_if<http::Update>(&result);
    require(again != nullptr);
    const ipc::Propose& other = again->proposal;
    require(one.hosts == other.hosts && same(one.ipv4, other.ipv4) && same(one.ipv6, other.ipv6));
    require(same(one.prefix, other.prefix) && one.txt == other.txt && one.value == other.value);
    require(base::as_text(one.token.bytes()) == base::as_text(other.token.bytes()));
    require(one.all_or_nothing == other.all_or_nothing && one.missing_removes == other.missing_removes);
}

/// `choices` says what becomes of each host.
void check_reply(const http::Update& update, base::Bytes choices)
{
    ipc::Settled settled = http::settled_alike(update.proposal, ipc::Verdict::refused);
    settled.zone = dns::CompactName{dns::Name::from_text("dyn.example.org").value_or(dns::Name{})};
    bool has_success = false;
    for (std::size_t i = 0; i < settled.hosts.size() && !choices.empty(); ++i) {
        const std::uint8_t choice = choices[i % choices.size()];
        ipc::HostOutcome& outcome = settled.hosts[i];
        outcome.verdict = static_cast<ipc::Verdict>(1 + choice % 6);
        outcome.reason = static_cast<ipc::Reason>(1 + choice / 6 % 4);
        has_success = has_success || outcome.verdict <= ipc::Verdict::unchanged;
    }
    const http::Reply reply = http::reply_to(update, settled);
    require(!reply.body.empty() && reply.body.back() != '\n');
    require(has_success || reply.status != http::Status::ok || !http::has_word_of_success(reply.body));
    require(reply.status == http::Status::ok || !http::has_word_of_success(http::serialise(reply)));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2) {
        return 0;
    }
    const Form& form = forms[data[0] % forms.size()];
    const http::Client client = client_of(data[1] % 5U);
    const std::string query{base::as_text({data + 2, size - 2})};
    const auto result = read(form, query, client);
    if (const auto* update = std::get_if<http::Update>(&result)) {
        // with `domains`, a request to dyndns2 is one of DuckDNS, and vice versa
        require(update->dialect == form.dialect || form.dialect != &http::dialects::api);
        if (update->dialect == form.dialect) {
            check_again(form, client, *update);
        }
        check_reply(*update, {data, size});
    }
    return 0;
}
