#include "proto/config/value_lists.h"

#include <algorithm>
#include <string>

#include "proto/config/names.h"

namespace config
{

namespace
{

/// The network that was probably meant if bits after the length are set; otherwise empty.
std::string without_other_bits(std::string_view text)
{
    const std::size_t slash = text.find('/');
    const auto address = base::parse_address(text.substr(0, slash));
    if (!address || slash == text.npos) {
        return "";
    }
    const auto bits = static_cast<unsigned>(address->bytes().size() * 8);
    const auto length = base::parse_decimal(text.substr(slash + 1), bits);
    if (!length) {
        return "";
    }
    const auto mapped = static_cast<std::uint8_t>(*length + 128 - bits);
    const base::Address network{base::prefix_of(address->as6(), mapped).address};
    return base::filled("{}/{}", {to_text(network), *length});
}

} // namespace

void read_networks(const NetworkList& kind, const ValueContext& context)
{
    auto& networks = kind.list(context.config());
    networks.clear();
    for (const Word& item : context.items("addresses or networks separated by spaces", kind.max)) {
        if (const auto network = base::parse_network(item.text)) {
            add_once(networks, *network);
        } else if (const std::string meant = without_other_bits(item.text); !meant.empty()) {
            context.report(item.at, "found {}, expected {}: no bit behind the length may be set",
                           {shown(item.text), meant});
        } else {
            context.report(item.at, "found {}, expected an address, or a network like 192.0.2.0/24",
                           {shown(item.text)});
        }
    }
}

void read_host_names(const HostNames& kind, const ValueContext& context)
{
    auto& hosts = kind.list(context.config());
    if (!kind.adds) {
        hosts.clear();
    }
    const std::string_view expected = kind.max == 1
                                          ? "one host: its name below the domain, or @ for the domain"
                                          : "hosts separated by spaces: names below the domain, or @";
    for (const Word& item : context.items(expected, kind.max)) {
        const auto name = read_relative_name(item.text == "@" ? "" : item.text);
        if (const auto* const error = std::get_if<ValueError>(&name)) {
            context.report(part(item, error->offset, 0).at, "{}", {error->text});
        } else {
            hosts.push_back({dns::CompactName{std::get<dns::Name>(name)}, item.at});
        }
    }
}

} // namespace config
