#include <algorithm>
#include <utility>

#include "proto/http/cross_site.h"
#include "proto/http/dialect.h"
#include "proto/http/dialects/rows.h"
#include "proto/http/form.h"

namespace http
{

namespace
{

/// In the order in which they are tried.
constexpr auto rows = std::to_array<const Dialect*>({
    &dialects::api,
    &dialects::acme_dns,
    &dialects::duckdns,
    &dialects::dyndns2,
    &dialects::httpreq,
    &dialects::own_address,
    &dialects::health,
    &dialects::registration,
});

bool has_path(const Dialect& row, std::string_view path) noexcept
{
    return path.starts_with('/') && std::ranges::any_of(row.path_ends, [=](std::string_view end) {
               return !end.empty() && path.ends_with(end);
           });
}

/// The methods of all dialects at this path; 0: there is none.
std::uint8_t methods_at(std::string_view path) noexcept
{
    std::uint8_t methods = 0;
    for (const Dialect* row : rows) {
        if (has_path(*row, path)) {
            methods |= row->methods;
        }
    }
    return methods;
}

/// `other` and HEAD have none: HEAD is safe (RFC 9110 section 9.2.1), so it must not update.
std::uint8_t bit_of(Method method) noexcept
{
    if (method == Method::get) {
        return allows_get;
    }
    return method == Method::post ? allows_post : 0;
}

const Dialect* dialect_of(const Request& request, const Parameters& parameters)
{
    const auto* row = std::ranges::find_if(rows, [&](const Dialect* one) {
        return has_path(*one, request.path) && (one->methods & bit_of(request.method)) != 0 &&
               (one->is_it == nullptr || one->is_it(request, parameters));
    });
    return row == rows.end() ? nullptr : *row;
}

Refused not_allowed(std::uint8_t methods)
{
    return {not_allowed_reply((methods & allows_get) != 0, (methods & allows_post) != 0), ""};
}

/// With credentials that a browser has stored, another web site could change a host.
Refused refuse_cross_site(const Dialect& dialect)
{
    Reply reply = dialect.refusal(Fault::wrong_secret, {});
    reply.status = Status::forbidden;
    return {std::move(reply), "", "another web site made a browser send it"};
}

ReadResult read_as(const Dialect& dialect, const Request& request, const Parameters& parameters,
                   Sentence wrong_form, const Client& client)
{
    if (dialect.makes_changes && is_cross_site(request)) {
        return refuse_cross_site(dialect);
    }
    if (dialect.reads_forms && wrong_form != Sentence::none) {
        return refused(dialect, Fault::malformed, {wrong_form}, {});
    }
    return dialect.read(request, parameters, client);
}

} // namespace

ReadResult read_request(const Request& request, const Client& client)
{
    const std::uint8_t methods = methods_at(request.path);
    if (methods == 0) {
        return Refused{plain_reply(Status::not_found), ""};
    }
    Parameters parameters;
    const Sentence wrong_form = collect(request, parameters);
    const Dialect* dialect = dialect_of(request, parameters);
    if (dialect == nullptr) {
        return not_allowed(methods);
    }
    ReadResult result = read_as(*dialect, request, parameters, wrong_form, client);
    if (auto* update = std::get_if<Update>(&result)) {
        update->dialect = dialect;
        update->proposal.dialect = dialect->name;
        update->proposal.client = client.address;
        update->proposal.client_is_known = client.is_known;
    } else if (auto* refused = std::get_if<Refused>(&result)) {
        refused->dialect = dialect;
        if (refused->host.empty()) {
            refused->host = parameters.find("hostname").value_or(parameters.find("domains").value_or(""));
        }
    }
    return result;
}

Reply reply_to(const Refusal& refusal, const RequestReader& reader, std::string_view arrived, bool has_page)
{
    const bool is_unknown_method =
        refusal.status == Status::not_implemented && reader.method() == Method::other;
    const std::string_view path = is_unknown_method ? reader.path(arrived).value_or("") : "";
    const std::uint8_t methods = has_page && path == "/" ? allows_both : methods_at(path);
    if (methods != 0) {
        return not_allowed(methods).reply;
    }
    Reply reply = plain_reply(refusal.status);
    if (!refusal.why.empty()) {
        reply.body = refusal.why;
    }
    return reply;
}

Reply reply_to(const Update& update, const ipc::Settled& settled)
{
    return update.dialect->reply_to(update, settled);
}

ipc::Settled settled_alike(const ipc::Propose& proposal, ipc::Verdict verdict)
{
    ipc::Settled settled;
    settled.id = proposal.id;
    settled.hosts.resize(std::max(proposal.hosts.size(), std::size_t{1}));
    for (ipc::HostOutcome& outcome : settled.hosts) {
        outcome.verdict = verdict;
    }
    return settled;
}

} // namespace http
