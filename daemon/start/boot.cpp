#include "daemon/start/boot.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

#include "daemon/common/clock.h"
#include "privsep/log.h"
#include "privsep/unique_fd.h"
#include "proto/base/text.h"

namespace supervisor
{

namespace
{

constexpr std::size_t longest_text = 64;

base::BootId boot_id()
{
    const char* given = std::getenv("NANODNSD_BOOT_ID");
    if (const auto id = parse_boot_id(given == nullptr ? "" : given)) {
        return *id;
    }
    std::array<char, longest_text> text{};
    const privsep::UniqueFd file{::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)};
    const ssize_t size = ::read(file.get(), text.data(), text.size());
    std::string_view line{text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    line = line.substr(0, line.find('\n'));
    if (const auto id = parse_boot_id(line)) {
        return *id;
    }
    privsep::log(
        privsep::Level::warning,
        "neither NANODNSD_BOOT_ID nor /proc/sys/kernel/random/boot_id says which boot this is: a time since "
        "boot below the stored one counts as a reboot");
    return {};
}

} // namespace

std::optional<base::BootId> parse_boot_id(std::string_view text) noexcept
{
    base::BootId id{};
    std::size_t digits = 0;
    for (const char letter : text) {
        const int value = base::hex_digit(letter);
        if (letter == '-') {
            continue;
        }
        if (value < 0 || digits == 2 * id.size()) {
            return std::nullopt;
        }
        id[digits / 2] = static_cast<std::uint8_t>(id[digits / 2] << 4 | value);
        ++digits;
    }
    return digits == 2 * id.size() && id != base::BootId{} ? std::optional{id} : std::nullopt;
}

base::FixedPoint point_of_start()
{
    return {boot_id(), common::wall_time(), common::uptime()};
}

} // namespace supervisor
