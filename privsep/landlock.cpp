#include "privsep/landlock.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <sys/syscall.h>
#include <unistd.h>

#include "privsep/unique_fd.h"

namespace privsep
{

namespace
{

// From linux/landlock.h of the newest supported ABI; older kernels expect a shorter struct.
struct RulesetAttributes {
    std::uint64_t handled_access_fs;
    std::uint64_t handled_access_net;
    std::uint64_t scoped;
};

struct Abi {
    std::size_t size;
    RulesetAttributes rights;
};

/// Index: ABI version minus one.
constexpr auto abis = std::to_array({
    Abi{8, {0x1FFF, 0, 0}},
    Abi{8, {0x3FFF, 0, 0}},
    Abi{8, {0x7FFF, 0, 0}},
    Abi{16, {0x7FFF, 3, 0}},
    Abi{16, {0xFFFF, 3, 0}},
    Abi{24, {0xFFFF, 3, 3}},
});

/// -1, with errno, if there is no Landlock.
long abi_version() noexcept
{
    constexpr unsigned ask_for_version = 1; // LANDLOCK_CREATE_RULESET_VERSION
    return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, ask_for_version);
}

} // namespace

bool has_landlock() noexcept
{
    return abi_version() > 0;
}

bool deny_files() noexcept
{
    const long version = abi_version();
    if (version <= 0) {
        return false;
    }
    const Abi& abi = abis[std::min(static_cast<std::size_t>(version), abis.size()) - 1];
    const UniqueFd ruleset{
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &abi.rights, abi.size, 0U))};
    return ruleset && ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0U) == 0;
}

} // namespace privsep
