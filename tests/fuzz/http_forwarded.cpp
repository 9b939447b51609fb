// Properties: the hops of a field are the same when they are written again in other lines; what stands left
// of them, or in other fields, changes no hop; a client that is known is an address in the field, or the
// proxy.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "proto/base/bytes.h"
#include "proto/http/client.h"
#include "proto/http/forwarded.h"

namespace
{

using ipc::ProxyHeader;

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

std::vector<std::string> hops_in(const std::string& header, ProxyHeader field)
{
    std::vector<std::string> all;
    http::Hops hops{header, field};
    while (const auto hop = hops.previous()) {
        require(!hop->empty());
        all.emplace_back(*hop);
    }
    return all;
}

std::string shown(const std::optional<base::Address>& address)
{
    return address ? base::to_text(*address) : "";
}

/// The same address, written in the other ways in which proxies write it.
void check_address(const base::Address& address)
{
    const std::string text = base::to_text(address);
    const std::string with_port = address.is4() ? text + ":80" : '[' + text + "]:80";
    for (const std::string& node : {text, with_port}) {
        require(http::address_of_hop(node, ProxyHeader::x_forwarded_for) == address);
        require(http::address_of_hop("by=x;FOR=\"" + node + '"', ProxyHeader::forwarded) == address);
    }
}

http::Client client_in(const std::string& header, const http::TrustedProxies& proxies)
{
    http::Request request;
    request.header = header;
    return http::client_of(request, base::Address{}, proxies);
}

void check(const std::string& header, ProxyHeader field, const std::string& name)
{
    const std::vector<std::string> hops = hops_in(header, field);
    std::string lines;
    for (const std::string& hop : hops) {
        lines = name + ": " + hop + "\n" + lines;
        if (const auto address = http::address_of_hop(hop, field)) {
            check_address(*address);
        }
    }
    std::vector<std::string> again = hops_in(lines + "\n", field);
    require(again == hops);
    again = hops_in(name + ": for=\"\\,\r\n" + lines + "A: " + name + ": x\n\n", field);
    require(again.size() > hops.size() && std::equal(hops.begin(), hops.end(), again.begin()));

    const http::TrustedProxies proxies{{*base::parse_network("192.0.2.0/24")}, field};
    const http::Client client = client_in(header, proxies);
    require(client.is_known || base::to_text(client.address) == "127.0.0.1");
    require(!client.is_known || std::ranges::any_of(hops, [&](const std::string& hop) {
        return shown(http::address_of_hop(hop, field)) == base::to_text(client.address);
    }));
    // the nearest proxy's own word
    const std::string added = field == ProxyHeader::forwarded ? "for=\"[2001:db8::7]:1\"" : "2001:db8::7";
    require(base::to_text(client_in(header + name + ": " + added + "\r\n\r\n", proxies).address) ==
            "2001:db8::7");
}

} // namespace

// Each line is one of the field. Bytes that no field may have become spaces (RFC 9110 section 5.5).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string text{base::as_text({data, size})};
    std::ranges::replace_if(
        text,
        [](char c) { return c != '\n' && c != '\t' && (static_cast<unsigned char>(c) < ' ' || c == '\x7F'); },
        ' ');
    for (const auto& [field, name] : {std::pair{ProxyHeader::x_forwarded_for, "X-Forwarded-For"},
                                      std::pair{ProxyHeader::forwarded, "Forwarded"}}) {
        std::string header;
        for (std::size_t at = 0; at <= text.size();) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            header += std::string{name} + ": " + text.substr(at, end - at) + "\r\n";
            at = end + 1;
        }
        check(header, field, name);
        // the proxy adds to the line of its client
        const std::string joined = header.substr(0, header.size() - 2) + ", ";
        const std::string added = field == ProxyHeader::forwarded ? "for=\"[2001:db8::7]:1\"" : "2001:db8::7";
        const http::TrustedProxies proxies{{}, field};
        require(base::to_text(client_in(joined + added + "\r\n\r\n", proxies).address) == "2001:db8::7");
    }
    return 0;
}
