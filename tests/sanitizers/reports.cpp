// A sanitizer's build: an error of a process behind its filter is reported, and fails the test.
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

struct Error {
    const char* name;
    const char* report;
    int status;
};

class Errors : public testing::TestWithParam<Error>
{
};

std::string failing_child()
{
    return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "failing_child";
}

void run(const Error& error)
{
    Process process{{{failing_child(), error.name}, {}}};
    if (process.wait() != error.status) {
        throw std::runtime_error{process.output()};
    }
}

TEST_P(Errors, BehindAFilterAreReportedAndFailTheTest)
{
    EXPECT_NONFATAL_FAILURE(run(GetParam()), GetParam().report);
}

// tests/rules checks that it is not in an installed executable.
TEST(SanitizerCalls, AreInTheFiltersOfThisBuild)
{
    const std::string bytes = support::read_file(support::installation() + "/bin/nanodnsd");
    static constexpr privsep::Syscall of_sanitizers{SCMP_SYS(sigaltstack)};
    EXPECT_TRUE(support::has_row(bytes, of_sanitizers));
}

constexpr int by_its_run_time = 1;

INSTANTIATE_TEST_SUITE_P(
    All, Errors,
    testing::Values(Error{"use-after-free", "ERROR: AddressSanitizer: heap-use-after-free", by_its_run_time},
                    Error{"overflow", "ERROR: AddressSanitizer: heap-buffer-overflow", by_its_run_time},
                    Error{"segfault", "ERROR: AddressSanitizer: SEGV", by_its_run_time},
                    Error{"undefined", "runtime error: signed integer overflow", by_its_run_time}),
    [](const auto& test) {
        std::string name{test.param.name};
        std::replace(name.begin(), name.end(), '-', '_');
        return name;
    });

TEST(Errors, NoneDoesNotFailTheTest)
{
    Process process{{{failing_child(), "none"}, {}}};
    EXPECT_EQ(process.wait(), 0);
}

// In this build the filters allow only what the sanitizers need in addition.
TEST(Errors, OfOtherRefusedCallsKillTheProcess)
{
    Process process{{{failing_child(), "refused-call"}, {}}};
    EXPECT_EQ(process.wait(), 128 + SIGSYS);
}

} // namespace
