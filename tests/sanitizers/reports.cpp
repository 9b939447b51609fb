// A sanitizer's build: what a process does wrong behind its filter is reported, and fails its test.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <seccomp.h>
#include <stdexcept>

#include "tests/support/daemon.h"
#include "tests/support/policy_row.h"

namespace
{

using support::Process;

struct Fault {
    const char* name;
    const char* report;
    int status;
};

class Faults : public testing::TestWithParam<Fault>
{
};

std::string faulty_child()
{
    return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "faulty_child";
}

void run(const Fault& fault)
{
    Process process{{{faulty_child(), fault.name}, {}}};
    if (process.wait() != fault.status) {
        throw std::runtime_error{process.output()};
    }
}

TEST_P(Faults, BehindAFilterAreReportedAndFailTheTest)
{
    EXPECT_NONFATAL_FAILURE(run(GetParam()), GetParam().report);
}

// tests/rules looks for it in what is installed.
TEST(SanitizerCalls, AreInTheFiltersOfThisBuild)
{
    const std::string octets = support::read_file(support::installation() + "/bin/nanodnsd");
    static constexpr privsep::Syscall of_sanitizers{SCMP_SYS(sigaltstack)};
    EXPECT_TRUE(support::has_row(octets, of_sanitizers));
}

constexpr int by_its_run_time = 1;

INSTANTIATE_TEST_SUITE_P(
    All, Faults,
    testing::Values(Fault{"use-after-free", "ERROR: AddressSanitizer: heap-use-after-free", by_its_run_time},
                    Fault{"overflow", "ERROR: AddressSanitizer: heap-buffer-overflow", by_its_run_time},
                    Fault{"segfault", "ERROR: AddressSanitizer: SEGV", by_its_run_time},
                    Fault{"undefined", "runtime error: signed integer overflow", by_its_run_time}),
    [](const auto& test) {
        std::string name{test.param.name};
        std::replace(name.begin(), name.end(), '-', '_');
        return name;
    });

TEST(Faults, NoneIsNoFailure)
{
    Process process{{{faulty_child(), "none"}, {}}};
    EXPECT_EQ(process.wait(), 0);
}

// It is no licence for more than what a sanitizer needs.
TEST(Faults, AnotherCallIsStillTheEnd)
{
    Process process{{{faulty_child(), "refused-call"}, {}}};
    EXPECT_EQ(process.wait(), 128 + SIGSYS);
}

} // namespace
