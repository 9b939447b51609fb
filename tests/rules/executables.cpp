// Which libraries each executable links, and how it is hardened.
#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <seccomp.h>

#include "tests/rules/source_tree.h"
#include "tests/support/policy_row.h"

namespace
{

using rules::Strings;
using testing::HasSubstr;
using testing::Not;

struct Executable {
    std::string path;
    Strings libraries;               ///< all that it may link
    bool has_fortified_calls = true; ///< false: it calls nothing whose bounds are checked at run time
};

std::ostream& operator<<(std::ostream& out, const Executable& executable)
{
    return out << executable.path;
}

// The C++ run time is linked statically into each.
const std::vector<Executable> executables = {
    {"bin/nanodnsd", {"libc.so.6", "libseccomp.so.2", "libcap.so.2"}},
    {"bin/nanodnsctl", {"libc.so.6", "libsystemd.so.0"}},
    {"libexec/nanodnsd/responder", {"libc.so.6"}},
    {"libexec/nanodnsd/updater", {"libc.so.6"}},
    {"libexec/nanodnsd/keeper", {"libc.so.6"}},
    {"libexec/nanodnsd/reader", {"libc.so.6"}},
    {"libexec/nanodnsd/init", {"libc.so.6"}},
    {"libexec/nanodnsd/console", {"libc.so.6"}},
    {"libexec/nanodnsd/updater-tls", {"libc.so.6", "libssl.so.3", "libcrypto.so.3"}},
    {"libexec/nanodnsd/keyholder", {"libc.so.6", "libcrypto.so.3"}},
};

class Executables : public testing::TestWithParam<Executable>
{
protected:
    std::string readelf(const std::string& options) const
    {
        const rules::Run result = rules::run("LC_ALL=C readelf " + options + " '" +
                                             (rules::build_dir / GetParam().path).string() + "'");
        EXPECT_EQ(result.status, 0) << result.output;
        return result.output;
    }
};

TEST_P(Executables, LinkOnlyWhatTheyNeed)
{
    static const std::regex needed{R"(\(NEEDED\).*\[(.*)\])"};
    const Strings& may_need = GetParam().libraries;
    const Strings libraries = rules::matches(readelf("-dW"), needed);
    EXPECT_THAT(libraries, testing::Contains("libc.so.6"));
    for (const std::string& library : libraries) {
        const bool is_loader = library.starts_with("ld-linux");
        EXPECT_TRUE(is_loader || std::find(may_need.begin(), may_need.end(), library) != may_need.end())
            << library;
    }
}

TEST_P(Executables, ArePositionIndependentWithAllRelocationsReadOnly)
{
    EXPECT_THAT(readelf("-hW"), HasSubstr("DYN (Position-Independent Executable file)"));
    const std::string segments = readelf("-lW");
    EXPECT_THAT(segments, HasSubstr("GNU_RELRO"));
    const std::string dynamic = readelf("-dW");
    EXPECT_THAT(dynamic, testing::ContainsRegex("FLAGS_1.*NOW"));
    EXPECT_THAT(dynamic, Not(HasSubstr("TEXTREL")));
    EXPECT_THAT(dynamic, Not(testing::ContainsRegex("R(UN)?PATH")));
}

TEST_P(Executables, HaveNoMemoryThatIsWritableAndExecutable)
{
    const std::string segments = readelf("-lW");
    EXPECT_THAT(segments, testing::ContainsRegex("GNU_STACK .* RW "));
    EXPECT_THAT(segments, Not(HasSubstr("RWE")));
}

TEST_P(Executables, AreBuiltWithStackProtectorAndFortifiedCalls)
{
    const std::string symbols = readelf("--dyn-syms -W");
    EXPECT_THAT(symbols, HasSubstr("__stack_chk_fail"));
    EXPECT_EQ(symbols.find("_chk@") != std::string::npos, GetParam().has_fortified_calls);
}

// privsep/sanitizer_calls.h. tests/sanitizers checks that the search finds this call in a sanitizer's build.
TEST_P(Executables, AllowNoCallThatOnlyASanitizerNeeds)
{
    static constexpr privsep::Syscall common{SCMP_SYS(exit_group)};
    static constexpr privsep::Syscall of_sanitizers{SCMP_SYS(sigaltstack)};
    const std::string bytes = rules::read(rules::build_dir / GetParam().path);
    const bool makes_filters = GetParam().path == "bin/nanodnsd"; // its own and all others'
    EXPECT_EQ(support::has_row(bytes, common), makes_filters);
    EXPECT_FALSE(support::has_row(bytes, of_sanitizers));
}

INSTANTIATE_TEST_SUITE_P(All, Executables, testing::ValuesIn(executables), [](const auto& test) {
    std::string name = std::filesystem::path{test.param.path}.filename().string();
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

} // namespace
