#include "ctl/doctor/collect.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timex.h>

#include "ctl/doctor/shell.h"

namespace ctl::doctor
{

namespace
{

std::optional<base::UnixTime> changed_at(const char* path)
{
    struct stat about {
    };
    return ::stat(path, &about) == 0 ? std::optional{base::UnixTime{base::Seconds{about.st_mtim.tv_sec}}}
                                     : std::nullopt;
}

/// As systemd-timedated finds it out.
bool kernel_is_synchronised()
{
    struct timex about {
    };
    constexpr long most_error = 16'000'000; // microseconds
    return ::adjtimex(&about) >= 0 && about.maxerror < most_error;
}

std::optional<base::Address> address_of(const struct sockaddr* from)
{
    if (from != nullptr && from->sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, from, sizeof in); // a cast is not allowed where it needs more alignment
        base::Address4 address;
        std::memcpy(address.bytes.data(), &in.sin_addr, address.bytes.size());
        return base::Address{address};
    }
    if (from != nullptr && from->sa_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, from, sizeof in);
        base::Address6 address;
        std::copy_n(in.sin6_addr.s6_addr, address.bytes.size(), address.bytes.begin());
        return base::Address{address};
    }
    return std::nullopt;
}

bool is_link_local(const base::Address& address)
{
    const auto bytes = address.bytes();
    return address.is4() ? bytes[0] == 169 && bytes[1] == 254 : bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80;
}

std::vector<base::Address> addresses_of_this_machine()
{
    std::vector<base::Address> found;
    struct ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) {
        return found;
    }
    for (const struct ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
        const auto address = (one->ifa_flags & IFF_UP) != 0 ? address_of(one->ifa_addr) : std::nullopt;
        if (address && !is_link_local(*address) &&
            std::find(found.begin(), found.end(), *address) == found.end()) {
            found.push_back(*address);
        }
    }
    ::freeifaddrs(first);
    return found;
}

void ask_bus(const Context& context, const MainProcess& process, Facts& facts)
{
    Bus bus{context.bus};
    auto manager = ask_manager(bus, process.pid != 0 ? std::optional{process.pid} : std::nullopt);
    facts.clock_is_synchronised = bus.is_clock_synchronised();
    facts.stub = bus.resolved_stub();
    facts.manager = manager ? Known<Manager>{*std::move(manager)}
                            : Known<Manager>::unknown("cannot ask the service manager: " + bus.why_not());
    if (!facts.clock_is_synchronised) {
        facts.clock_is_synchronised = kernel_is_synchronised();
    }
}

std::optional<std::uint32_t> pid_of_supervisor(const Facts& facts)
{
    if (facts.running) {
        for (const admin::StatusProcess& process : facts.running->processes) {
            if (process.name == "supervisor") {
                return process.pid;
            }
        }
    }
    return std::nullopt;
}

} // namespace

Facts collect(const Context& context)
{
    Facts facts;
    facts.now = context.now();
    facts.built = changed_at("/proc/self/exe");
    facts.own_addresses = addresses_of_this_machine();
    if (const std::string socket = context.socket(); socket != usual_socket) {
        facts.ctl_program += " -S " + shell_word(socket);
    }
    if (!context.daemon_program.empty()) { // PREFIX/bin/nanodnsd; the prefix is chosen at the installation
        const std::filesystem::path program{context.daemon_program};
        facts.documents = program.parent_path().parent_path() / NANODNSD_DOCDIR;
    }
    ask_daemon(context, facts);
    const MainProcess process = find_main_process(pid_of_supervisor(facts));
    facts.main_pid = process.pid;
    ask_bus(context, process, facts);
    look_at_state(process, facts);
    read_config(context, process, facts);
    if (facts.names.zone() == "." && facts.config) {
        facts.names = Names{dns::CompactName{facts.config->server.domain}};
    }
    look_at_listeners(process, facts);
    ask_by_dns(facts);
    ask_daemon_again(context, facts);
    return facts;
}

} // namespace ctl::doctor
