// Checks of the network: who has the port of DNS, how updates come in, and what is lost.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "ctl/doctor/check.h"
#include "ctl/doctor/shell.h"
#include "proto/base/address_kinds.h"
#include "proto/base/text.h"

namespace ctl::doctor
{

namespace
{

/// An address and a port on which the daemon should answer.
struct Wanted {
    Transport transport = Transport::udp;
    base::Address address{};
    bool is_any = true;
    std::uint16_t port = 53;
};

bool is_unspecified(const base::Address& address)
{
    return std::ranges::all_of(address.bytes(), [](auto byte) { return byte == 0; });
}

std::vector<Wanted> sockets_of(const Running& running)
{
    std::vector<Wanted> sockets;
    for (const admin::StatusSocket& socket : running.sockets) {
        const bool is_udp = socket.socket == admin::Socket::dns_udp;
        if (is_udp || socket.socket == admin::Socket::dns_tcp) {
            sockets.push_back({is_udp ? Transport::udp : Transport::tcp, socket.address,
                               is_unspecified(socket.address), socket.port});
        }
    }
    return sockets;
}

/// The sockets that the daemon has, or those that its config wants. None if neither is known.
std::vector<Wanted> wanted_of(const Facts& facts)
{
    if (facts.running) {
        return sockets_of(*facts.running);
    }
    if (facts.has_unit()) { // the ports of the config have no effect if sockets are passed
        const base::Address any = *base::parse_address("::");
        return {{Transport::udp, any}, {Transport::tcp, any}};
    }
    if (!facts.config || facts.config->udp.port == 0 || facts.config->tcp.port == 0) {
        return {};
    }
    std::vector<base::Address> addresses = facts.config->server.listen;
    if (addresses.empty()) {
        addresses.push_back(*base::parse_address("::"));
    }
    std::vector<Wanted> wanted;
    for (const base::Address& address : addresses) {
        const bool is_any = is_unspecified(address);
        wanted.push_back({Transport::udp, address, is_any, facts.config->udp.port});
        wanted.push_back({Transport::tcp, address, is_any, facts.config->tcp.port});
    }
    return wanted;
}

/// Whether a socket on all addresses has this one too: [::] has those of both families.
bool has_all(bool is_any, const base::Address& any, const base::Address& one) noexcept
{
    return is_any && (!any.is4() || one.is4());
}

/// Whether both have an address and a port in common: a socket on the one prevents a socket on the other.
bool overlap(const Wanted& wanted, const Listener& other) noexcept
{
    return wanted.transport == other.transport && wanted.port == other.port &&
           (wanted.address == other.address || has_all(wanted.is_any, wanted.address, other.address) ||
            has_all(other.is_any, other.address, wanted.address));
}

bool has_address_of_stub(const base::Address& address)
{
    const base::Address4 bytes = address.as4();
    return address.is4() && bytes.bytes[0] == 127 && bytes.bytes[1] == 0 && bytes.bytes[2] == 0 &&
           (bytes.bytes[3] == 53 || bytes.bytes[3] == 54);
}

/// By its address, and by what the service manager says of it, if that is known.
bool is_stub(const Listener& listener, const Facts& facts)
{
    return has_address_of_stub(listener.address) && (!facts.manager || facts.stub.value_or("no") != "no");
}

std::string who_has(const Listener& listener, const Facts& facts)
{
    if (listener.pid != 0) {
        return base::filled("{} (pid {})", {base::escape(listener.program), listener.pid});
    }
    return is_stub(listener, facts) ? "the stub of systemd-resolved"
                                    : base::filled("a process of uid {}", {listener.uid});
}

/// "systemd-resolve (pid 312) uses port 53 on 127.0.0.53"
std::string sentence(const Listener& other, const Facts& facts)
{
    return base::filled("{} uses port {} on {}",
                        {who_has(other, facts), other.port,
                         other.is_any ? std::string{"all addresses"} : to_text(other.address)});
}

/// Without those that another program has: a socket unit whose list has one of them does not start.
std::vector<base::Address> addresses_to_serve(const Facts& facts)
{
    std::vector<base::Address> result;
    for (const base::Address& address : facts.own_addresses) {
        const bool may_be_served =
            address.is4() ? base::can_be_of_host(address.as4()) : base::can_be_of_host(address.as6());
        const bool is_taken = std::ranges::any_of(*facts.listeners, [&](const Listener& other) {
            return !other.is_ours && other.address == address;
        });
        if (may_be_served && !is_taken) {
            result.push_back(address);
        }
    }
    return result;
}

/// The other lines with `listen` become comments, since the last one counts.
std::string line_for_config(const std::vector<base::Address>& addresses, const std::string& path)
{
    std::string listen;
    for (const base::Address& address : addresses) {
        base::append(listen, " {}", {to_text(address)});
    }
    return base::filled("sed -i -e '/^ *\\[server\\]/,/^ *\\[/s/^ *listen *=/# &/' "
                        "-e '/^ *\\[server\\]/a listen ={}' {}",
                        {listen, shell_word(path)});
}

/// Binds an address each, beside the other program.
std::string line_for_addresses(const std::vector<base::Address>& addresses, const Facts& facts)
{
    if (facts.socket("nanodnsd-dns.socket") == nullptr) {
        return line_for_config(addresses, facts.config_path);
    }
    std::vector<std::string> lines = {"ListenDatagram=", "ListenStream="};
    for (const char* kind : {"ListenDatagram=", "ListenStream="}) {
        for (const base::Address& address : addresses) {
            const bool is4 = address.is4();
            lines.push_back(
                base::filled("{}{}{}{}:53", {kind, is4 ? "" : "[", to_text(address), is4 ? "" : "]"}));
        }
    }
    return drop_in("addresses.conf", lines);
}

/// Shows whose program it is: the daemon has no address beside it.
std::string line_to_stop(const Listener& other, const Facts& facts)
{
    const std::string show = other.pid != 0 && facts.manager
                                 ? base::filled("systemctl status {}", {other.pid})
                                 : base::filled("ss -lntup 'sport = :{}'", {other.port});
    return show + " # stop that program, or let it listen on fewer addresses";
}

/// How both can run.
std::string way_out(const Listener& other, const Facts& facts)
{
    const std::vector<base::Address> addresses = addresses_to_serve(facts);
    return other.is_any || addresses.empty() ? line_to_stop(other, facts)
                                             : line_for_addresses(addresses, facts);
}

/// With the text once for both transports.
void add_once(Finding finding, Findings& findings)
{
    const auto is_same = [&](const Finding& one) { return one.text == finding.text; };
    if (std::ranges::none_of(findings, is_same)) {
        findings.push_back(std::move(finding));
    }
}

bool is_served(const Wanted& wanted, const std::vector<Listener>& listeners)
{
    return std::ranges::any_of(listeners,
                               [&](const Listener& one) { return one.is_ours && overlap(wanted, one); });
}

/// Those that keep the daemon from a port that it does not have.
std::vector<Listener> in_the_way(const Facts& facts)
{
    std::vector<Listener> found;
    for (const Wanted& wanted : wanted_of(facts)) {
        for (const Listener& listener : *facts.listeners) {
            if (!listener.is_ours && !is_served(wanted, *facts.listeners) && overlap(wanted, listener)) {
                found.push_back(listener);
            }
        }
    }
    return found;
}

/// Those with the very address of one of the daemon's sockets, or with one of this machine's: they get its
/// queries.
std::vector<Listener> beside(const Facts& facts)
{
    std::vector<Listener> found;
    for (const Listener& other : *facts.listeners) {
        const auto is_the_same = [&](const Listener& one) {
            return one.is_ours && one.transport == other.transport && one.port == other.port &&
                   (one.address == other.address || (one.is_any && !other.is_any));
        };
        if (!other.is_ours && !(other.address.is4() && other.address.as4().bytes[0] == 127) &&
            std::any_of(facts.listeners->begin(), facts.listeners->end(), is_the_same)) {
            found.push_back(other);
        }
    }
    return found;
}

std::string summary_of_ports(const Facts& facts)
{
    Findings others;
    std::size_t ours = 0;
    for (const Listener& listener : *facts.listeners) {
        if (listener.is_ours) {
            ++ours;
        } else {
            add_once(ok(sentence(listener, facts)), others);
        }
    }
    std::string text = ours == 1 ? std::string{"nanodnsd listens on 1 socket"}
                                 : base::filled("nanodnsd listens on {} sockets", {ours});
    for (const Finding& other : others) {
        base::append(text, "; {}", {other.text});
    }
    return text;
}

bool is_loopback(const base::Address& address) noexcept
{
    return address.is4() ? address.as4().bytes[0] == 127 : address == *base::parse_address("::1");
}

/// Adds "port 80 of 192.0.2.1", once, if other machines reach it.
void add_open(const base::Address& address, std::uint16_t port, std::vector<std::string>& open)
{
    const bool is_any = std::ranges::all_of(address.bytes(), [](auto byte) { return byte == 0; });
    std::string text =
        base::filled("port {} of {}", {port, is_any ? std::string{"all addresses"} : to_text(address)});
    if (!is_loopback(address) && std::find(open.begin(), open.end(), text) == open.end()) {
        open.push_back(std::move(text));
    }
}

/// Where plain HTTP is served to other machines.
std::vector<std::string> open_http(const Facts& facts)
{
    std::vector<std::string> open;
    if (facts.running) {
        for (const admin::StatusSocket& socket : facts.running->sockets) {
            if (socket.socket == admin::Socket::http && socket.port != 0) {
                add_open(socket.address, socket.port, open);
            }
        }
        return open;
    }
    for (const base::Address& address : facts.config->http.listen) {
        add_open(address, facts.config->http.port, open);
    }
    if (facts.config->http.listen.empty()) {
        add_open({}, facts.config->http.port, open);
    }
    return open;
}

std::string line_for_buffers(const Facts& facts)
{
    return facts.socket("nanodnsd-dns.socket") != nullptr
               ? drop_in("buffer.conf", {"ReceiveBuffer=8M"})
               : std::string{"sysctl -w net.core.rmem_default=8388608"};
}

} // namespace

Findings check_port(const Facts& facts)
{
    if (!facts.listeners) {
        return {skip(facts.listeners.why())};
    }
    const std::vector<Wanted> wanted = wanted_of(facts);
    if (wanted.empty()) {
        return {skip(facts.config ? std::string{"the configuration has no fixed port"} : facts.config.why())};
    }
    Findings findings;
    for (const Listener& other : in_the_way(facts)) {
        add_once(fail(sentence(other, facts), way_out(other, facts)), findings);
    }
    if (!findings.empty()) {
        return findings;
    }
    for (const Listener& other : beside(facts)) {
        add_once(warn(sentence(other, facts) + ", and gets queries for nanodnsd", way_out(other, facts)),
                 findings);
    }
    if (findings.empty() && std::none_of(wanted.begin(), wanted.end(), [&](const Wanted& one) {
            return is_served(one, *facts.listeners);
        })) {
        return {fail(base::filled("no program uses port {}", {wanted.front().port}), facts.restart())};
    }
    return or_ok(std::move(findings), summary_of_ports(facts));
}

Findings check_updates(const Facts& facts)
{
    if (!facts.config) {
        return {skip(facts.config.why())};
    }
    const config::Config& config = *facts.config;
    if (!config.http.is_on) {
        return {ok(config.https.is_on ? "updates come over HTTPS" : "there are no updates over HTTP")};
    }
    if (config.https.is_on || !config.http.trusted_proxies.empty()) {
        return {
            ok(config.https.is_on ? "updates may come over HTTPS" : "updates come through a trusted proxy")};
    }
    Findings findings;
    for (const std::string& open : open_http(facts)) {
        findings.push_back(
            warn(base::filled(
                     "HTTP on {} is not encrypted, so others can read tokens: add [https] with certificate "
                     "and key, or a proxy with HTTPS and trusted_proxy in [http]",
                     {open}),
                 facts.edit()));
    }
    return or_ok(std::move(findings), "plain HTTP is served only to this machine");
}

Findings check_losses(const Facts& facts)
{
    if (!facts.running && (!facts.listeners || std::ranges::none_of(*facts.listeners, &Listener::is_ours))) {
        return {skip(facts.running.why())};
    }
    Findings findings;
    std::uint64_t dropped = 0;
    if (facts.listeners) {
        for (const Listener& listener : *facts.listeners) {
            dropped += listener.is_ours ? listener.dropped : 0;
        }
    }
    if (dropped != 0) {
        findings.push_back(warn(base::filled("{} datagrams were dropped because the buffer was full: set "
                                             "ReceiveBuffer= of nanodnsd-dns.socket",
                                             {dropped}),
                                line_for_buffers(facts)));
    }
    if (facts.running && facts.running->limited != 0) {
        findings.push_back(
            warn(base::filled("the rate limit was reached by {} queries: see rate_limit in [server]",
                              {facts.running->limited}),
                 facts.ctl_program + " stats"));
    }
    return or_ok(std::move(findings), "no datagram was dropped, and the rate limit was not reached");
}

} // namespace ctl::doctor
