#include "proto/dns/text.h"

#include <array>

#include "proto/base/text.h"

namespace dns
{

namespace
{

template <typename Number>
struct Mnemonic {
    Number number;
    const char* text;
};

constexpr auto types = std::to_array({
    Mnemonic<Type>{Type::a, "A"},
    Mnemonic<Type>{Type::ns, "NS"},
    Mnemonic<Type>{Type::cname, "CNAME"},
    Mnemonic<Type>{Type::soa, "SOA"},
    Mnemonic<Type>{Type::mx, "MX"},
    Mnemonic<Type>{Type::txt, "TXT"},
    Mnemonic<Type>{Type::aaaa, "AAAA"},
    Mnemonic<Type>{Type::srv, "SRV"},
    Mnemonic<Type>{Type::opt, "OPT"},
    Mnemonic<Type>{Type::ds, "DS"},
    Mnemonic<Type>{Type::tsig, "TSIG"},
    Mnemonic<Type>{Type::ixfr, "IXFR"},
    Mnemonic<Type>{Type::axfr, "AXFR"},
    Mnemonic<Type>{Type::any, "ANY"},
    Mnemonic<Type>{Type::caa, "CAA"},
});

constexpr auto rcodes = std::to_array({
    Mnemonic<Rcode>{Rcode::noerror, "NOERROR"},
    Mnemonic<Rcode>{Rcode::formerr, "FORMERR"},
    Mnemonic<Rcode>{Rcode::servfail, "SERVFAIL"},
    Mnemonic<Rcode>{Rcode::nxdomain, "NXDOMAIN"},
    Mnemonic<Rcode>{Rcode::notimp, "NOTIMP"},
    Mnemonic<Rcode>{Rcode::refused, "REFUSED"},
    Mnemonic<Rcode>{Rcode::badvers, "BADVERS"},
    Mnemonic<Rcode>{Rcode::badcookie, "BADCOOKIE"},
});

template <typename Number, std::size_t Size>
std::string find(const std::array<Mnemonic<Number>, Size>& table, Number number, const char* otherwise)
{
    for (const auto& row : table) {
        if (row.number == number) {
            return row.text;
        }
    }
    return base::filled("{}{}", {otherwise, static_cast<unsigned>(number)});
}

} // namespace

std::string to_text(Type type)
{
    return find(types, type, "TYPE");
}

std::string to_text(Rcode rcode)
{
    return find(rcodes, rcode, "RCODE");
}

} // namespace dns
