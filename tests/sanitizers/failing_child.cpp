// A process that locks itself down as the daemon's children do, and then makes an error.
//
//   failing_child use-after-free | overflow | undefined | segfault | refused-call | none
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <unistd.h>

#include "privsep/filters.h"
#include "privsep/privileges.h"

namespace
{

/// As a child does: there is no /proc in the empty root.
void enter_empty_root()
{
    const privsep::UniqueFd root = privsep::make_empty_root("/tmp");
    if (!root || ::fchdir(root.get()) != 0 || ::chroot(".") != 0) {
        throw std::runtime_error{"this test needs to be root"};
    }
}

int use_after_free()
{
    auto owner = std::make_unique<int>(1);
    const int* volatile dangling = owner.get();
    owner.reset();
    return *dangling;
}

int read_behind_the_end(std::size_t size)
{
    const std::unique_ptr<volatile int[]> numbers{new int[size]{}}; // NOLINT(*-avoid-c-arrays)
    return numbers[size];
}

int overflow_a_number(int count)
{
    return INT_MAX + count;
}

/// The filter's descriptor is closed before, since close(2) might be refused.
void allow_nothing_of_its_own()
{
    privsep::Sandbox sandbox;
    {
        const auto filters = privsep::make_filters({std::span<const privsep::Syscall>{}});
        sandbox = privsep::Sandbox{filters.front().get()};
    }
    sandbox.enter();
}

} // namespace

int main(int argc, char** argv)
{
    const std::string_view error{argc > 1 ? argv[1] : ""};
    enter_empty_root();
    allow_nothing_of_its_own();
    if (error == "use-after-free") {
        return use_after_free();
    }
    if (error == "overflow") {
        return read_behind_the_end(static_cast<std::size_t>(argc));
    }
    if (error == "undefined") {
        return overflow_a_number(argc);
    }
    if (error == "segfault") {
        return *reinterpret_cast<volatile int*>(static_cast<std::uintptr_t>(argc) << 6U); // NOLINT
    }
    if (error == "refused-call") {
        ::getppid();
    }
    return EXIT_SUCCESS;
}
