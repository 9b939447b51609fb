#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <regex>
#include <sstream>

#include "proto/ipc/dialect.h"
#include "tests/ctl/journal.h"
#include "tests/ctl/sample.h"

namespace
{

using ctl_test::Console;
using ctl_test::run;
using ctl_test::sample_answer;
using Words = std::vector<std::string>;

TEST(CtlCommandLine, RefusesWhatItDoesNotKnowWithTheNearest)
{
    for (const auto& [arguments, sentence] : std::vector<std::pair<Words, std::string>>{
             {{}, "expected a command; nanodnsctl help lists all"},
             {{"hots"}, "there is no command hots; did you mean hosts?"},
             {{"SHOW", "home"}, "there is no command SHOW; did you mean show?"},
             {{"x\x01y"}, "there is no command x\\x01y; nanodnsctl help lists all"},
             {{"hosts", "--overdu"}, "there is no option --overdu; did you mean --overdue?"},
             {{"hosts", "-z"}, "there is no option -z"},
             {{"show"}, "found 0 arguments for show; usage: nanodnsctl show HOST"},
             {{"show", "a", "b"}, "found 2 arguments for show; usage: nanodnsctl show HOST"},
             {{"stats", "x"}, "found 1 argument for stats; usage: nanodnsctl stats"},
             {{"set", "home"}, "found 1 argument for set; usage: nanodnsctl set HOST ADDRESS..."},
             {{"status", "--overdue"}, "--overdue is an option of hosts only"},
             {{"hosts", "--overdue", "--refused"}, "found --overdue and --refused, expected one of them"},
             {{"hosts", "--exec", "true"}, "--exec is an option of watch only"},
             {{"watch", "--exec"}, "expected a command after --exec"},
             {{"status", "-S"}, "expected the path of a socket after -S"},
             {{"hots", "--help"}, "there is no command hots; did you mean hosts?"},
             {{"--version", "hots"}, "there is no command hots; did you mean hosts?"},
             {{"show", ""}, "found an empty argument for show; usage: nanodnsctl show HOST"},
             {{"hosts", ""},
              "found an empty argument for hosts; usage: nanodnsctl hosts [PATTERN] [--overdue | --refused]"},
             {{"set", "", "192.0.2.7"},
              "found an empty argument for set; usage: nanodnsctl set HOST ADDRESS..."},
             {{"set", "home", ""}, "found an empty argument for set; usage: nanodnsctl set HOST ADDRESS..."},
             {{"clear", "", "a"},
              "found an empty argument for clear; usage: nanodnsctl clear HOST [a] [aaaa] [txt]"},
             {{"watch", "", "--json"},
              "found an empty argument for watch; usage: nanodnsctl watch [HOST] [--exec COMMAND [ARG...]]"},
             {{"log", ""},
              "found an empty argument for log; usage: nanodnsctl log [HOST] [-f] [-n N] [--since TIME]"},
             {{"help", "sho"}, "there is no command sho; did you mean show?"},
         }) {
        const auto ran = run(arguments, "/nowhere");
        EXPECT_EQ(ran.status, 2);
        EXPECT_EQ(ran.out, "");
        EXPECT_EQ(ran.err, "nanodnsctl: " + sentence + '\n');
    }
}

TEST(CtlCommandLine, TakesOptionsBeforeAndAfterTheCommand)
{
    const Console console{sample_answer};
    const std::string expected = run({"hosts", "--json", "w*"}, console.path()).out;
    EXPECT_NE(expected, "");
    EXPECT_EQ(run({"--json", "hosts", "w*"}, console.path()).out, expected);
    EXPECT_EQ(run({"-S", console.path(), "hosts", "--json", "--", "w*"}, "/nowhere").out, expected);
    EXPECT_EQ(run({"hosts", "w*", "--json", "-S" + console.path()}, "/nowhere").out, expected);
    EXPECT_EQ(run({"show", "--", "-x"}, console.path()).status, 4);
}

TEST(CtlCommandLine, GivesAllThatFollowsExecToTheProgram)
{
    const auto read = ctl::read_command_line({"watch", "home", "--exec", "sh", "-c", "--json", "--exec"});
    const auto& invocation = std::get<ctl::Invocation>(read);
    EXPECT_EQ(invocation.program, (Words{"sh", "-c", "--json", "--exec"}));
    EXPECT_EQ(invocation.arguments, Words{"home"});
    EXPECT_FALSE(invocation.json);
}

TEST(CtlHelp, IsMadeFromTheTable)
{
    const auto all = run({"help"}, "/nowhere");
    EXPECT_EQ(all.status, 0);
    EXPECT_EQ(all.out, run({"--help"}, "/nowhere").out);
    EXPECT_TRUE(all.out.starts_with("usage: nanodnsctl [-S PATH] [--json] [--wide] COMMAND [ARG...]\n"));
    for (const ctl::Command& command : ctl::commands()) {
        EXPECT_NE(all.out.find(command.help), std::string::npos) << command.name;
        const std::string name{command.name};
        EXPECT_EQ(run({"help", name}, "/nowhere").out, run({name, "--help"}, "/nowhere").out);
    }
    EXPECT_EQ(run({"help", "clear"}, "/nowhere").out,
              "usage: nanodnsctl clear HOST [a] [aaaa] [txt]\n"
              "remove addresses and ACME challenges of a host: all, or only these; changes the daemon\n"
              "Example: nanodnsctl clear home aaaa\n");
}

TEST(CtlHelp, FitsOnATerminal)
{
    std::istringstream help{run({"help"}, "/nowhere").out};
    for (std::string line; std::getline(help, line);) {
        EXPECT_LE(line.size(), 80U) << line;
    }
}

TEST(CtlHelp, HasTheVersion)
{
    EXPECT_TRUE(std::regex_match(run({"--version"}, "/nowhere").out,
                                 std::regex{R"(nanodnsctl \d+\.\d+\.\d+( \(built without systemd\))?\n)"}));
}

std::string page_of(const std::string& path)
{
    std::ostringstream text;
    text << std::ifstream{TEST_SOURCE_DIR "/" + path}.rdbuf();
    return text.str();
}

/// The first group of each match.
Words all(const std::string& text, const std::regex& pattern)
{
    return {std::sregex_token_iterator{text.begin(), text.end(), pattern, 1}, {}};
}

/// The examples, as the manual's source has them.
Words examples()
{
    return all(page_of("ctl/nanodnsctl.1"), std::regex{R"((?:^|\n)(?:\.Dl )?\$ (nanodnsctl[^\n]*))"});
}

/// The lines of commands in GUIDE.md, without their comments.
Words examples_of_guide()
{
    static const std::string section = "See what it does"; // tests/rules look for its name
    const std::string page = page_of("GUIDE.md");
    const std::size_t begin = page.find("\n## " + section + '\n');
    return all(page.substr(begin, page.find("\n## ", begin + 1) - begin),
               std::regex{R"(\n(nanodnsctl [^\n]*?) *(?=\n|#))"});
}

Words split(const std::string& line)
{
    std::istringstream in{line};
    Words words;
    for (std::string word; in >> word;) {
        words.push_back(word);
    }
    return words;
}

TEST(CtlManual, HasEachCommandWithItsArgumentsAndItsExample)
{
    const std::string page = page_of("ctl/nanodnsctl.1");
    const Words shown = examples();
    for (const ctl::Command& command : ctl::commands()) {
        EXPECT_NE(page.find(".It Cm " + std::string{command.name}), std::string::npos) << command.name;
        EXPECT_NE(std::find(shown.begin(), shown.end(), command.example), shown.end()) << command.example;
    }
}

TEST(CtlManual, HasEachWordForWhoMadeAChange)
{
    std::string dialects; // "(dyndns2, duckdns or page)"
    for (const std::string_view name : ipc::names_of_dialects) {
        dialects += dialects.empty() ? "(" : name == ipc::names_of_dialects.back() ? " or " : ", ";
        dialects += name;
    }
    const std::string page = page_of("ctl/nanodnsctl.1");
    EXPECT_NE(page.find(dialects + ")"), std::string::npos) << dialects;
    for (const char* word : {"administrator", "expiry", "config"}) {
        EXPECT_NE(page.find(".Ql " + std::string{word} + " "), std::string::npos) << word;
    }
}

void expect_to_run(const Words& shown)
{
    const Console console{[](const ipc::admin::ClientToConsole& request) -> ctl_test::Answer {
        if (std::holds_alternative<ipc::admin::Watch>(request)) {
            return {ctl_test::no_such_host()}; // so that it ends
        }
        return sample_answer(request);
    }};
    for (const std::string& example : shown) {
        Words words = split(example);
        words.erase(words.begin());
        const auto program = std::find(words.begin(), words.end(), "--exec");
        if (program != words.end()) {
            *(program + 1) = "/bin/true";
        }
        ctl_test::How how;
        how.open_journal = []() -> ctl::OpenedJournal {
            return std::make_unique<ctl_test::TestJournal>(ctl_test::JournalContent{});
        };
        const auto ran = run(words, console.path(), how);
        const bool is_watch = words.front() == "watch";
        if (words.front() == "doctor") {
            EXPECT_LE(ran.status, 1) << "it looks at the machine of the test";
        } else {
            EXPECT_EQ(ran.status, is_watch ? 4 : 0) << example << ": " << ran.err;
        }
    }
}

TEST(CtlManual, HasExamplesThatRun)
{
    const Words shown = examples();
    EXPECT_GE(shown.size(), ctl::commands().size());
    expect_to_run(shown);
}

TEST(CtlGuide, HasExamplesThatRun)
{
    const Words shown = examples_of_guide();
    EXPECT_GE(shown.size(), 8U);
    expect_to_run(shown);
}

} // namespace
