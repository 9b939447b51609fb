// Manuals, help, options and versions say the same.
#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "tests/rules/source_tree.h"

namespace
{

using rules::Strings;
using testing::HasSubstr;

const std::string daemon_path = (rules::build_dir / "bin/nanodnsd").string();

std::set<std::string> as_set(const Strings& strings)
{
    return {strings.begin(), strings.end()};
}

/// The letters that getopt(3) is given.
std::set<std::string> options()
{
    static const std::regex call{R"re(getopt\(argc, argv, "([a-zA-Z:]+)"\))re"};
    const Strings calls =
        rules::matches(rules::read(rules::source_dir / "daemon/supervisor/options.cpp"), call);
    std::set<std::string> letters;
    for (const char letter : calls.empty() ? "" : calls.front()) {
        if (letter != ':') {
            letters.insert(std::string{letter});
        }
    }
    return letters;
}

TEST(Manual, HasEachOptionAndNoOther)
{
    static const std::regex item{R"(^\.It Fl (\w))"};
    const std::string manual = rules::read(rules::source_dir / "daemon/nanodnsd.8");
    EXPECT_EQ(as_set(rules::matches(manual, item)), options());
}

TEST(Help, HasEachOptionAndNoOther)
{
    static const std::regex item{R"(^  -(\w) )"};
    const rules::Run help = rules::run("'" + daemon_path + "' -h");
    EXPECT_EQ(help.status, 0);
    EXPECT_EQ(as_set(rules::matches(help.output, item)), options());
}

TEST(Usage, HasEachOptionAndNoOther)
{
    static const std::regex group{R"(\[-(\w+)[^\]]*\])"};
    std::string usage = rules::run("'" + daemon_path + "' -h").output;
    usage.resize(usage.find('\n'));
    std::set<std::string> found;
    for (std::sregex_iterator it{usage.begin(), usage.end(), group}; it != std::sregex_iterator{}; ++it) {
        const std::string letters = (*it)[1];
        for (const char letter : letters) {
            found.insert(std::string{letter});
        }
    }
    EXPECT_EQ(found, options());
}

TEST(Manual, HasEachVariableOfTheEnvironmentThatIsRead)
{
    static const std::regex read{R"re((?:getenv|environment|is_for_us)\("([A-Z_]+)"\))re"};
    const std::string manual = rules::read(rules::source_dir / "daemon/nanodnsd.8");
    for (const std::string& path : rules::files_in({"privsep", "daemon"}, {".cpp"})) {
        for (const std::string& variable : rules::matches(rules::read(rules::source_dir / path), read)) {
            EXPECT_THAT(manual, HasSubstr(variable)) << "read by " << path;
        }
    }
}

class Manuals : public testing::TestWithParam<const char*>
{
};

TEST_P(Manuals, AreWithoutAWarningOfMandoc)
{
    const std::string path = (rules::source_dir / GetParam()).string();
    const rules::Run lint = rules::run("mandoc -T lint -W warning '" + path + "'");
    EXPECT_EQ(lint.status, 0) << lint.output;
}

INSTANTIATE_TEST_SUITE_P(All, Manuals, testing::Values("daemon/nanodnsd.8", "etc/nanodnsd.conf.5"),
                         [](const auto& test) { return test.index == 0 ? "Daemon" : "Config"; });

TEST(Version, IsTheSameInTheChangelogAndInTheDaemon)
{
    static const std::regex heading{R"(^## \[(\d+\.\d+\.\d+)\])"};
    const std::string changelog = rules::read(rules::source_dir / "CHANGELOG.md");
    EXPECT_THAT(rules::matches(changelog, heading), testing::Contains(NANODNSD_VERSION).Times(1));
    const rules::Run version = rules::run("'" + daemon_path + "' -V");
    EXPECT_EQ(version.status, 0);
    EXPECT_THAT(version.output, testing::StartsWith("nanodnsd " NANODNSD_VERSION " "));
}

// What a page tells a user to open must be there.
TEST(Pages, NameOnlyFilesThatExist)
{
    static const std::regex link{R"(\]\(([\w./-]+)\))"};
    static const std::regex path{R"(`((?:contrib|daemon|etc|privsep|proto|tests)/[\w./-]*)`)"};
    for (const std::string page : {"README.md", "ARCHITECTURE.md", "CHANGELOG.md"}) {
        for (const std::string& line : rules::lines_of(rules::read(rules::source_dir / page))) {
            for (const std::regex& pattern : {link, path}) {
                for (std::sregex_iterator it{line.begin(), line.end(), pattern}; it != std::sregex_iterator{};
                     ++it) {
                    EXPECT_TRUE(std::filesystem::exists(rules::source_dir / (*it)[1].str()))
                        << page << " names " << (*it)[1];
                }
            }
        }
    }
}

} // namespace
