// The manuals, --help, the options and the versions agree.
#include <algorithm>
#include <cctype>
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

/// The options of nanodnsd --init, as the manual's source has them.
std::set<std::string> options_of_init()
{
    static const std::regex word{R"re(^    option\{"([a-z0-9]+)", required_argument)re"};
    std::set<std::string> words;
    for (const std::string& name :
         rules::matches(rules::read(rules::source_dir / "daemon/init/arguments.cpp"), word)) {
        words.insert('-' + name);
    }
    return words;
}

/// The options passed to getopt_long(3), as the manual's source has them: its Fl makes "--word" of "-word".
std::set<std::string> options()
{
    static const std::regex call{R"re(getopt_long\(argc, argv, "([a-zA-Z:]+)", )re"};
    static const std::regex word{R"re(^    option\{"([a-z-]+)",)re"};
    const std::string source = rules::read(rules::source_dir / "daemon/start/options.cpp");
    const Strings calls = rules::matches(source, call);
    std::set<std::string> letters;
    for (const std::string& name : rules::matches(source, word)) {
        letters.insert('-' + name);
    }
    for (const char letter : calls.empty() ? "" : calls.front()) {
        if (letter != ':') {
            letters.insert(std::string{letter});
        }
    }
    return letters;
}

TEST(Manual, HasEachOptionAndNoOther)
{
    static const std::regex item{R"(^\.It Fl (-?[\w-]+))"};
    static const std::regex alias{R"(^\.It Fl \w , Fl (-[\w-]+))"};
    const std::string manual = rules::read(rules::source_dir / "daemon/nanodnsd.8");
    std::set<std::string> found = as_set(rules::matches(manual, item));
    found.merge(as_set(rules::matches(manual, alias)));
    std::set<std::string> expected = options();
    expected.merge(options_of_init());
    EXPECT_EQ(found, expected);
}

TEST(Help, OfInitHasEachOptionAndNoOther)
{
    static const std::regex item{R"(^  -(-[a-z0-9]+)=)"};
    const rules::Run help = rules::run("'" + daemon_path + "' --init --help");
    EXPECT_EQ(help.status, 0);
    EXPECT_EQ(as_set(rules::matches(help.output, item)), options_of_init());
}

TEST(Help, HasEachOptionAndNoOther)
{
    static const std::regex item{R"(^  -(-?[\w-]+))"};
    static const std::regex alias{R"(^  -\w, -(-[\w-]+))"};
    const rules::Run help = rules::run("'" + daemon_path + "' --help");
    EXPECT_EQ(help.status, 0);
    std::set<std::string> found = as_set(rules::matches(help.output, item));
    found.merge(as_set(rules::matches(help.output, alias)));
    EXPECT_EQ(found, options());
}

TEST(Usage, HasEachLetterAndNoOther)
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
    std::set<std::string> letters = options();
    std::erase_if(letters, [](const std::string& option) { return option.size() > 1; });
    EXPECT_EQ(found, letters);
}

TEST(Manual, HasEachEnvironmentVariableThatIsRead)
{
    static const std::regex read{R"re((?:getenv|environment|is_for_us)\("([A-Z_]+)"\))re"};
    const std::string manual = rules::read(rules::source_dir / "daemon/nanodnsd.8");
    for (const std::string& path : rules::files_in({"privsep", "daemon"}, {".cpp"})) {
        for (const std::string& variable : rules::matches(rules::read(rules::source_dir / path), read)) {
            EXPECT_THAT(manual, HasSubstr(variable)) << "read by " << path;
        }
    }
}

// A user who searches the manual for the words of a reply finds them.
TEST(Manual, HasEachRefusalOfAMalformedRequest)
{
    static const std::regex refusal{R"re(Status::bad_request, (?:is_http_1_0_ \? )?"([^"]+)")re"};
    const std::string manual = rules::read(rules::source_dir / "daemon/nanodnsd-update.7");
    const Strings refusals =
        rules::matches(rules::read(rules::source_dir / "proto/http/request.cpp"), refusal);
    EXPECT_GE(refusals.size(), 5U);
    for (const std::string& text : refusals) {
        EXPECT_THAT(manual, HasSubstr(".Ql " + text));
    }
}

class Manuals : public testing::TestWithParam<const char*>
{
};

TEST_P(Manuals, PassMandocWithoutAWarning)
{
    const std::string path = (rules::source_dir / GetParam()).string();
    const rules::Run lint = rules::run("mandoc -T lint -W warning '" + path + "'");
    EXPECT_EQ(lint.status, 0) << lint.output;
}

// Debian's man(1) uses groff, which takes some words as macros that mandoc does not.
TEST_P(Manuals, PassGroffWithoutAMessage)
{
    const std::string path = (rules::source_dir / GetParam()).string();
    const rules::Run groff = rules::run("groff -mandoc -Tutf8 -ww -z '" + path + "'");
    EXPECT_EQ(groff.status, 0);
    EXPECT_EQ(groff.output, "");
}

TEST_P(Manuals, PassManWithoutAMessage)
{
    const std::string path = (rules::source_dir / GetParam()).string();
    const rules::Run man = rules::run("LC_ALL=C.UTF-8 man --warnings --local-file '" + path + "' >/dev/null");
    EXPECT_EQ(man.status, 0);
    EXPECT_EQ(man.output, "");
}

std::string letters_of(const testing::TestParamInfo<const char*>& page)
{
    std::string name = std::filesystem::path{page.param}.filename().string();
    std::erase_if(name, [](char c) { return c == '.' || c == '-'; });
    return name;
}

INSTANTIATE_TEST_SUITE_P(All, Manuals,
                         testing::Values("daemon/nanodnsd.8", "etc/nanodnsd.conf.5",
                                         "daemon/nanodnsd-update.7", "daemon/nanodnsd-privsep.7",
                                         "ctl/nanodnsctl.1"),
                         letters_of);

TEST(Manual, OfTheProcessesHasEachOfThem)
{
    static const std::regex process{R"(add_process\(\w+ ([\w-]+) libexec)"};
    static const std::regex item{R"(^\.It Sy nanodnsd-([\w-]+))"};
    std::set<std::string> built =
        as_set(rules::matches(rules::read(rules::source_dir / "daemon/CMakeLists.txt"), process));
    EXPECT_EQ(built.erase("init"), 1U); // no process of the daemon
    EXPECT_EQ(as_set(rules::matches(rules::read(rules::source_dir / "daemon/nanodnsd-privsep.7"), item)),
              built);
}

TEST(Version, OfTheChangelogIsThatOfTheDaemon)
{
    static const std::regex heading{R"(^## \[(\d+\.\d+\.\d+)\])"};
    const std::string changelog = rules::read(rules::source_dir / "CHANGELOG.md");
    EXPECT_THAT(rules::matches(changelog, heading), testing::Contains(NANODNSD_VERSION).Times(1));
    const rules::Run version = rules::run("'" + daemon_path + "' -V");
    EXPECT_EQ(version.status, 0);
    EXPECT_THAT(version.output, testing::StartsWith("nanodnsd " NANODNSD_VERSION " "));
}

Strings pages()
{
    Strings found = rules::files_in({"contrib"}, {".md"});
    found.insert(found.end(), {"README.md", "GUIDE.md", "ARCHITECTURE.md", "CHANGELOG.md", "SECURITY.md",
                               "tests/bench/TRIED.md"});
    return found;
}

TEST(Pages, NameOnlyFilesThatExist)
{
    static const std::regex path{R"(`((?:contrib|daemon|etc|privsep|proto|tests)/[\w./-]*)`)"};
    for (const std::string& page : pages()) {
        EXPECT_THAT(rules::broken_links(rules::source_dir / page), testing::IsEmpty()) << page;
        for (const std::string& named : rules::all_matches(rules::read(rules::source_dir / page), path)) {
            EXPECT_TRUE(std::filesystem::exists(rules::source_dir / named)) << page << " names " << named;
        }
    }
}

/// The headings of a page as links name them: "Serve HTTPS" is "serve-https".
Strings sections_of(const std::filesystem::path& page)
{
    static const std::regex heading{R"(^##+ (.*))"};
    Strings sections = rules::matches(rules::read(page), heading);
    for (std::string& section : sections) {
        for (char& c : section) {
            c = c == ' ' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
        std::erase_if(section, [](const unsigned char c) { return std::isalnum(c) == 0 && c != '-'; });
    }
    return sections;
}

TEST(Pages, LinkOnlyToSectionsThatExist)
{
    static const std::regex link{R"(\]\(([\w./-]*#[^)]*)\))"};
    for (const std::string& page : pages()) {
        const std::filesystem::path path = rules::source_dir / page;
        for (const std::string& to : rules::all_matches(rules::read(path), link)) {
            const std::size_t hash = to.find('#');
            const auto target = hash == 0 ? path : path.parent_path() / to.substr(0, hash);
            EXPECT_THAT(sections_of(target), testing::Contains(to.substr(hash + 1))) << page;
        }
    }
}

// The way to a section is on the first page and on top of the guide.
TEST(Guide, HasALinkToEachSectionOnTopAndInReadme)
{
    const std::string readme = rules::read(rules::source_dir / "README.md");
    const std::string guide = rules::read(rules::source_dir / "GUIDE.md");
    const std::string top = guide.substr(0, guide.find("\n## "));
    for (const std::string& section : sections_of(rules::source_dir / "GUIDE.md")) {
        EXPECT_THAT(readme, HasSubstr("(GUIDE.md#" + section + ')'));
        EXPECT_THAT(top, HasSubstr("(#" + section + ')'));
    }
}

Strings sections_with_commands(const char* page)
{
    Strings found;
    std::string section;
    bool is_in_block = false;
    for (const std::string& line : rules::lines_of(rules::read(rules::source_dir / page))) {
        section = line.starts_with("## ") ? line.substr(3) : section;
        if (line.starts_with("```")) {
            is_in_block = !is_in_block;
            if (is_in_block && !section.empty()) { // contrib/check is above them
                found.push_back(section);
            }
        }
    }
    return found;
}

// The tests take the commands from the pages, so they name their sections.
TEST(Pages, HaveATestForEachSectionWithCommands)
{
    std::string tests;
    for (const std::string path :
         {"tests/install/inside/install", "tests/install/inside/use", "tests/nspawn/inside/steps_readme.py",
          "tests/nspawn/inside/steps_nanodnsctl.py", "tests/ctl/command_line_test.cpp",
          "tests/peers/first_steps.py", "tests/peers/manuals.py"}) {
        tests += rules::read(rules::source_dir / path);
    }
    for (const char* const page : {"README.md", "GUIDE.md"}) {
        for (const std::string& section : sections_with_commands(page)) {
            EXPECT_THAT(tests, HasSubstr('"' + section + '"')) << page;
        }
    }
}

void expect_size(const char* page, std::size_t lines_at_most)
{
    const Strings lines = rules::lines_of(rules::read(rules::source_dir / page));
    EXPECT_LE(lines.size(), lines_at_most);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        EXPECT_LE(lines[i].size(), 110U) << "line " << i + 1;
    }
}

// The manual is GUIDE.md.
TEST(Readme, HasAtMost130LinesOf110Columns)
{
    expect_size("README.md", 130);
}

// So that a newcomer can read it in one sitting.
TEST(Architecture, HasAtMost225LinesOf110Columns)
{
    expect_size("ARCHITECTURE.md", 225);
}

// Both pages draw the same processes.
TEST(Architecture, DrawsTheProcessesOfSecurity)
{
    const auto boxes = [](const char* page) {
        Strings found;
        for (const std::string& line : rules::lines_of(rules::read(rules::source_dir / page))) {
            if (line.starts_with(" | ") || line.starts_with(" +--")) {
                found.push_back(line);
            }
        }
        return found;
    };
    EXPECT_EQ(boxes("ARCHITECTURE.md"), boxes("SECURITY.md"));
}

} // namespace
