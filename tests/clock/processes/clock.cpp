// Replaces daemon/common/clock.cpp in executables of the tests: both clocks are the machine's plus an offset
// from a file. The file is mapped before main, since no process may open it later.
#include "daemon/common/clock.h"

#include <ctime>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/clock/added_time.h"

namespace clock_test
{

namespace
{

/// The test overwrites it in its copy of the executable, so the compiler must not assume its value.
[[gnu::used]] volatile std::array<char, longest_path> path_of_clock = placeholder();

const AddedTime no_time{};
const volatile AddedTime* added = &no_time;

[[gnu::constructor]] void map_the_file()
{
    std::array<char, longest_path> path{};
    const volatile char* written = reinterpret_cast<const volatile char*>(&path_of_clock);
    std::copy(written, written + path.size(), path.begin());
    const int file = ::open(path.data(), O_RDONLY | O_CLOEXEC);
    // private, since the supervisor's filter allows only that: pages that are not written to show the file
    void* memory = ::mmap(nullptr, sizeof(AddedTime), PROT_READ, MAP_PRIVATE, file, 0);
    if (file < 0 || memory == MAP_FAILED) {
        ::_exit(1);
    }
    ::close(file);
    added = static_cast<const volatile AddedTime*>(memory);
}

timespec ask(clockid_t clock)
{
    timespec now{};
    ::clock_gettime(clock, &now);
    return now;
}

} // namespace
} // namespace clock_test

namespace common
{

base::Uptime uptime() noexcept
{
    const timespec now = clock_test::ask(CLOCK_BOOTTIME);
    return base::Uptime{now.tv_sec * 1000 + now.tv_nsec / 1000000 + clock_test::added->uptime_ms};
}

base::UnixTime wall_time() noexcept
{
    const timespec now = clock_test::ask(CLOCK_REALTIME);
    return base::UnixTime{base::Seconds{now.tv_sec + clock_test::added->wall_s}};
}

} // namespace common
