#include <array>

#include "ctl/doctor/check.h"

namespace ctl::doctor
{

namespace
{

constexpr auto rows = std::to_array<Check>({
    {"config", check_config},
    {"its readers", check_readers},
    {"unit", check_unit},
    {"sockets", check_sockets},
    {"port 53", check_port},
    {"answers", check_answers},
    {"name servers", check_name_servers},
    {"delegation", check_delegation},
    {"certificate", check_certificate},
    {"clock", check_clock},
    {"hosts", check_hosts},
    {"secrets", check_secrets},
    {"updates", check_updates},
    {"state", check_state},
    {"sandbox", check_sandbox},
    {"losses", check_losses},
});

} // namespace

std::span<const Check> checks()
{
    return rows;
}

} // namespace ctl::doctor
