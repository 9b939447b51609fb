#include "tests/sandbox/lists.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <seccomp.h>
#include <sstream>
#include <stdexcept>

#include "daemon/console/syscalls.h"
#include "daemon/keeper/syscalls.h"
#include "daemon/keyholder/syscalls.h"
#include "daemon/reader/syscalls.h"
#include "daemon/responder/syscalls.h"
#include "daemon/supervisor/syscalls.h"
#include "daemon/updater/syscalls.h"
#include "privsep/filters.h"
#include "privsep/known_calls.h"

namespace sandbox
{

using privsep::Syscall;

std::vector<Syscall> list_of(const std::string& process)
{
    std::vector<Syscall> list;
    const auto add = [&](const auto& table) { list.insert(list.end(), table.begin(), table.end()); };
    add(privsep::common_syscalls());
    if (process == "keeper") {
        add(keeper::syscalls);
    } else if (process == "updater") {
        add(updater::syscalls);
    } else if (process == "updater-tls") {
        add(updater::tls_syscalls);
    } else if (process == "keyholder") {
        add(keyholder::syscalls);
    } else if (process == "console") {
        add(console::syscalls);
    } else if (process == "responder") {
        add(responder::syscalls);
    } else if (process == "reader") {
        add(reader::syscalls);
    } else if (process == "supervisor") {
        add(supervisor::syscalls);
    } else {
        throw std::invalid_argument{process};
    }
    std::erase_if(list, [](const Syscall& row) { return row.number < 0; });
    return list;
}

bool holds(const Syscall& row, const Arguments& arguments)
{
    return std::all_of(row.when.begin(), row.when.end(), [&](const privsep::When& when) {
        return (arguments.at(when.argument()) & when.mask()) == when.value();
    });
}

bool permits(const std::vector<Syscall>& list, int number, const Arguments& arguments)
{
    return std::any_of(list.begin(), list.end(),
                       [&](const Syscall& row) { return row.number == number && holds(row, arguments); });
}

namespace
{

/// The newest call in the headers of the filters' build.
const int last_number = static_cast<int>(std::max(privsep::known_calls));

/// Two calls bypass every filter, since Linux 6.14 and 6.17; only the kernel's own trampolines can use them.
constexpr int uretprobe = 335; // from elsewhere: SIGILL
constexpr int uprobe = 336;    // from elsewhere: ENXIO

/// Whether other rows allow the same call, as for a list that applies together with another.
bool permits_without(std::vector<Syscall> list, const Syscall& row, const Arguments& arguments)
{
    std::erase_if(list, [&](const Syscall& one) { return to_text(one) == to_text(row); });
    return permits(list, row.number, arguments);
}

Arguments arguments_for(const Syscall& row)
{
    Arguments arguments{};
    for (const privsep::When& when : row.when) {
        arguments.at(when.argument()) |= when.value();
    }
    return arguments;
}

} // namespace

std::vector<Named> uses_of(const std::vector<Syscall>& list)
{
    std::vector<Named> result;
    for (const Syscall& row : list) {
        const bool ends_or_waits = row.number == SCMP_SYS(exit_group) || row.number == SCMP_SYS(clone) ||
                                   row.number == SCMP_SYS(ppoll);
        if (!ends_or_waits) {
            result.push_back({to_text(row), {row.number, arguments_for(row)}});
        }
    }
    return result;
}

std::vector<Named> violations_of(const std::vector<Syscall>& list)
{
    std::vector<Named> result;
    for (const Syscall& row : list) {
        for (const privsep::When& when : row.when) {
            const std::size_t before = result.size();
            for (std::uint64_t bit = 1; bit != 0; bit <<= 1) {
                Arguments arguments = arguments_for(row);
                arguments.at(when.argument()) ^= bit;
                if ((when.mask() & bit) != 0 && !permits(list, row.number, arguments)) {
                    std::ostringstream name;
                    name << to_text(row) << " with argument " << when.argument() << " = " << std::hex
                         << arguments.at(when.argument());
                    result.push_back({name.str(), {row.number, arguments}});
                }
            }
            const bool is_shadowed = permits_without(list, row, arguments_for(row));
            if (when.mask() != 0 && result.size() == before && !is_shadowed) {
                throw std::logic_error{to_text(row) + " has a condition that refuses nothing"};
            }
        }
    }
    return result;
}

Call in_process(Call call, pid_t pid)
{
    for (std::uint64_t& argument : call.arguments) {
        const std::uint64_t inverted = argument ^ privsep::own_pid;
        if (std::popcount(inverted) <= 1) {
            argument = static_cast<std::uint64_t>(pid) ^ inverted;
        }
    }
    return call;
}

std::vector<Named> unlisted(const std::vector<Syscall>& list)
{
    std::vector<Named> result;
    for (int number = 0; number <= last_number; ++number) {
        const bool is_listed = std::any_of(list.begin(), list.end(),
                                           [number](const Syscall& row) { return row.number == number; });
        if (!is_listed && number != uretprobe && number != uprobe) {
            result.push_back({"call " + std::to_string(number), {number}});
        }
    }
    return result;
}

std::vector<Named> newer_than_the_build()
{
    constexpr int next_kernels = 64;
    constexpr int largest = 0x3FFFFFFF; // x32 numbers start above it
    std::vector<Named> result{{"the largest number", {largest}}};
    for (int number = last_number + 1; number <= last_number + next_kernels; ++number) {
        result.push_back({"call " + std::to_string(number), {number}});
    }
    return result;
}

std::vector<Named> foreign()
{
    constexpr int last_x32_number = 547;
    std::vector<Named> result;
    for (int number = 0; number <= last_x32_number; ++number) {
        result.push_back({"x32 call " + std::to_string(number), {number, {}, Entry::x32}});
    }
    for (int number = 0; number <= last_number; ++number) {
        result.push_back({"i386 call " + std::to_string(number), {number, {}, Entry::i386}});
    }
    return result;
}

std::string to_text(const Syscall& row)
{
    std::ostringstream text;
    char* const name = ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, row.number);
    text << name << std::hex;
    std::free(name); // the caller owns it
    for (const privsep::When& when : row.when) {
        if (when.mask() != 0) {
            text << " (argument " << when.argument() << " & " << when.mask() << ") == " << when.value();
        }
    }
    return text.str();
}

} // namespace sandbox
