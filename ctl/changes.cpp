// What changes a host: set and clear.
#include <array>
#include <string>
#include <utility>

#include "ctl/commands.h"
#include "ctl/host_text.h"
#include "proto/base/address_kinds.h"
#include "proto/base/text.h"

namespace ctl
{

namespace
{

/// Whether the text is an address that a host can have.
Result check_address(const std::string& text, const std::optional<base::Address>& address)
{
    if (!address) {
        return Failure{Exit::usage,
                       base::filled("found {}, expected an IPv4 or IPv6 address", {base::escape(text)})};
    }
    if (address->is4() ? base::can_be_of_host(address->as4()) : base::can_be_of_host(address->as6())) {
        return std::nullopt;
    }
    return Failure{Exit::usage, base::filled("found {}, which no host can have: expected no loopback, "
                                             "link-local, multicast or reserved address",
                                             {to_text(*address)})};
}

/// Puts the addresses of the command line into the request.
Result read_addresses(const std::vector<std::string>& arguments, admin::Set& request)
{
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        const auto address = base::parse_address(arguments[i]);
        if (auto failure = check_address(arguments[i], address)) {
            return failure;
        }
        if (address->is4() ? request.address4.has_value() : request.address6.has_value()) {
            return Failure{Exit::usage, base::filled("found two IPv{} addresses, expected one of each kind",
                                                     {address->is4() ? "4" : "6"})};
        }
        if (address->is4()) {
            request.address4 = address->as4();
        } else {
            request.address6 = address->as6();
        }
    }
    return std::nullopt;
}

struct Kind {
    std::string_view word;
    bool admin::Clear::*is_chosen;
};
constexpr auto kinds = std::to_array<Kind>(
    {{"a", &admin::Clear::a}, {"aaaa", &admin::Clear::aaaa}, {"txt", &admin::Clear::txt}});

/// None are all.
Result read_kinds(const std::vector<std::string>& arguments, admin::Clear& request)
{
    for (const Kind& kind : kinds) {
        request.*(kind.is_chosen) = arguments.size() == 1;
    }
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        bool is_known = false;
        for (const Kind& kind : kinds) {
            if (base::equal_ignoring_case(arguments[i], kind.word)) {
                request.*(kind.is_chosen) = true;
                is_known = true;
            }
        }
        if (!is_known) {
            return Failure{Exit::usage,
                           base::filled("found {}, expected a, aaaa or txt", {base::escape(arguments[i])})};
        }
    }
    return std::nullopt;
}

template <typename Address>
std::string text_or_none(const std::optional<Address>& address)
{
    return address ? to_text(*address) : "-";
}

template <typename Address>
std::vector<Address> as_list(const std::optional<Address>& address)
{
    return address ? std::vector{*address} : std::vector<Address>{};
}

/// Whether the addresses of the outcome are what DNS has. Otherwise it may still have those of the config,
/// which the outcome does not tell.
constexpr bool is_about_addresses(const admin::Set& /*request*/) noexcept
{
    return true;
}
constexpr bool is_about_addresses(const admin::Clear& request) noexcept
{
    return request.a || request.aaaa;
}

std::string as_text(const admin::Outcome& outcome, bool has_addresses, const std::string& label)
{
    const std::string addresses =
        has_addresses ? base::filled("A {}, AAAA {}, ",
                                     {text_or_none(outcome.address4), text_or_none(outcome.address6)})
                      : "";
    return base::filled("{} {}: {}serial {}\n",
                        {label, outcome.changed ? "changed" : "unchanged", addresses, outcome.serial});
}

std::string as_json(const admin::Outcome& outcome, bool has_addresses, const dns::CompactName& name,
                    const Names& names)
{
    Json json;
    json.open_object()
        .member("version", 1)
        .member("name", Names::whole(name))
        .member("label", names.label(name))
        .member("changed", outcome.changed)
        .member("serial", outcome.serial);
    if (has_addresses) {
        write_addresses(json, "a", as_list(outcome.address4));
        write_addresses(json, "aaaa", as_list(outcome.address6));
    } else {
        json.key("a").null().key("aaaa").null();
    }
    return json.close_object().take() + '\n';
}

/// Sends the request for the host of the command line, and prints the outcome.
template <typename Request>
Result change(const Context& context, Request request)
{
    return with_connection(context, [&](Connection& connection) -> Result {
        const std::string& host = context.invocation.arguments.front();
        const auto name = connection.names().read(host);
        if (!name) {
            return no_such_host(connection, host);
        }
        request.name = *name;
        return ask_about(connection, host, request, [&](const admin::ConsoleToClient& record) {
            if (const auto* outcome = std::get_if<admin::Outcome>(&record)) {
                const bool has_addresses = is_about_addresses(request);
                const Names& names = connection.names();
                context.print(context.invocation.json ? as_json(*outcome, has_addresses, *name, names)
                                                      : as_text(*outcome, has_addresses, names.label(*name)));
            }
        });
    });
}

} // namespace

Result set(const Context& context)
{
    admin::Set request;
    auto failure = read_addresses(context.invocation.arguments, request);
    return failure ? failure : change(context, std::move(request));
}

Result clear(const Context& context)
{
    admin::Clear request;
    auto failure = read_kinds(context.invocation.arguments, request);
    return failure ? failure : change(context, std::move(request));
}

} // namespace ctl
