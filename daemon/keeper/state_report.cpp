#include "daemon/keeper/state_report.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "daemon/keeper/departed.h"
#include "daemon/keeper/state_file.h"
#include "privsep/fail.h"
#include "proto/base/text.h"
#include "proto/journal/recovery.h"

namespace keeper
{

namespace
{

constexpr int tries = 20; ///< while a daemon writes to the files

/// The last entry of each host.
struct Addresses : journal::Sink {
    Departed::Hosts hosts; ///< by the name as text
    void host(const journal::HostEntry& entry) override
    {
        hosts.insert_or_assign(entry.name.to_text(),
                               Departed::Records{entry.a, entry.aaaa, entry.expires, entry.left});
    }
    void zone(const journal::ZoneEntry& /*entry*/) override {}
    void clock(const journal::ClockEntry& /*entry*/) override {}
};

using Contents = std::array<std::vector<std::uint8_t>, 2>;

bool is_missing(const std::string& path)
{
    return ::access(path.c_str(), F_OK) != 0 && errno == ENOENT;
}

Contents read_both(const std::string& path)
{
    Contents contents;
    for (std::size_t number = 0; number < contents.size(); ++number) {
        const std::string name = base::filled("{}.{}", {path, number});
        if (is_missing(name)) {
            continue;
        }
        privsep::UniqueFd fd{::open(name.c_str(), O_RDONLY | O_CLOEXEC)};
        if (!fd) {
            privsep::fail("cannot open {}: {}", {name, std::strerror(errno)});
        }
        DescriptorFile file{std::move(fd)};
        int error = EIO; // DescriptorFile::read() returns it if a daemon shortens the file meanwhile
        for (int i = 0; i < tries && error == EIO; ++i) {
            error = file.read(contents[number]);
        }
        if (error != 0) {
            privsep::fail("cannot read {}: {}", {name, std::strerror(error)});
        }
    }
    return contents;
}

journal::Recovery recover(const Contents& contents, Addresses& addresses)
{
    addresses.hosts.clear();
    return journal::recover(contents[0], contents[1], addresses);
}

std::string time_text(base::UnixTime time)
{
    const std::time_t seconds = time.time_since_epoch().count();
    std::tm parts{};
    std::array<char, 64> text{};
    if (::gmtime_r(&seconds, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0) {
        return base::filled("{}", {seconds});
    }
    return text.data();
}

/// A summary of the hosts with addresses.
struct Summary {
    base::UnixTime first = base::UnixTime::max(); ///< the earliest expiry
    base::UnixTime last = base::UnixTime::min();
    std::size_t hosts = 0;
    std::size_t departed = 0; ///< not counted in `hosts`
};

Summary summarize(const Addresses& addresses)
{
    Summary summary;
    for (const auto& [name, records] : addresses.hosts) {
        if (!records.a && !records.aaaa) {
            continue;
        }
        if (records.left) {
            ++summary.departed;
            continue;
        }
        ++summary.hosts;
        summary.first = std::min(summary.first, records.expires);
        summary.last = std::max(summary.last, records.expires);
    }
    return summary;
}

std::string describe(const std::string& path, const journal::Recovery& found, const Addresses& addresses)
{
    const Summary summary = summarize(addresses);
    std::string text = base::filled("state         {}.{}, generation {}, {} bytes\n"
                                    "serial        {}\n"
                                    "hosts         {} with addresses\n"
                                    "last stored   {}\n",
                                    {path, found.live, found.generation, found.good_end, found.serial,
                                     summary.hosts, time_text(found.stamp)});
    if (summary.departed != 0) {
        base::append(text, "departed      {} with addresses, no longer in the config\n", {summary.departed});
    }
    if (summary.hosts != 0) {
        base::append(text,
                     "first expiry  {}\n"
                     "last expiry   {}\n",
                     {time_text(summary.first), time_text(summary.last)});
    }
    if (found.torn_bytes == 0) {
        return text + "incomplete    none\n";
    }
    base::append(text, "incomplete    {} bytes of a record at byte {}: the next start removes them\n",
                 {found.torn_bytes, found.good_end});
    return text;
}

} // namespace

bool report_state(const std::string& path)
{
    Contents contents;
    Addresses addresses;
    journal::Recovery found;
    // a daemon that starts a new generation meanwhile may leave neither file valid for a moment: a result
    // that is seen twice is taken
    for (int i = 0; i < tries && found.found != journal::Found::state; ++i) {
        Contents again = read_both(path);
        if (i != 0 && again == contents) {
            break;
        }
        contents = std::move(again);
        found = recover(contents, addresses);
    }
    switch (found.found) {
    case journal::Found::state:
        std::fputs(describe(path, found, addresses).c_str(), stdout);
        return true;
    case journal::Found::fresh:
        break;
    case journal::Found::damaged:
    case journal::Found::newer:
    case journal::Found::lost:
        std::fprintf(stderr, "%s\n", journal::describe_error(found, path).c_str());
        return false;
    }
    std::printf("state         none in %s.0 and %s.1%s%s\n", path.c_str(), path.c_str(),
                is_missing(path) ? "" : ": the next start imports ", is_missing(path) ? "" : path.c_str());
    return true;
}

} // namespace keeper
