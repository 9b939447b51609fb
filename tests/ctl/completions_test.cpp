// The completions of bash and zsh, run by these shells with the built nanodnsctl, whose console is the test.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/program.h"
#include "tests/ctl/sample.h"

namespace
{

using ctl_test::Console;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using Words = std::vector<std::string>;

/// Runs the completion with what the shell would set, and prints the candidates.
constexpr const char* in_bash = R"(source contrib/completions/nanodnsctl.bash
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_nanodnsctl "$1" "${@: -1}" "${@: -2:1}"
[[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\n' "${COMPREPLY[@]}")";

/// With functions of these names in the place of zsh's, which work inside of its line editor alone.
constexpr const char* in_zsh =
    R"(_shown() { for one in "$@"; do [[ $one != "$PREFIX"* ]] || print -r -- "$one"; done }
compadd() { if [[ $1 == -a ]]; then _shown "${(@P)2}"; else shift && _shown "$@"; fi }
_describe() { _shown "${(@)${(@P)2}%%:*}" }
_files() { _shown a-file }
_command_names() { _shown a-program }
words=("$@") CURRENT=$# PREFIX=${@[-1]}
source contrib/completions/_nanodnsctl)";

struct Shell {
    std::string name;
    Words command;
};

class CtlCompletions : public testing::TestWithParam<Shell>
{
protected:
    /// The candidates for the last word of a command line that begins with nanodnsctl -S PATH.
    Words of(Words line) const
    {
        line.insert(line.begin(), {NANODNSCTL, "-S", console_.path()});
        return of_whole(line);
    }

    static Words of_whole(const Words& line, const std::string& path = "/usr/bin:/bin")
    {
        std::string folder = testing::TempDir() + "completions-XXXXXX";
        const std::string output = std::string{::mkdtemp(folder.data())} + "/words";
        Words command{"/bin/sh", "-c", "cd " TEST_SOURCE_DIR " && \"$@\" >\"$0\"", output};
        command.insert(command.end(), GetParam().command.begin(), GetParam().command.end());
        command.insert(command.end(), line.begin(), line.end());
        const auto ended = ctl::run({command, {"PATH=" + path}});
        EXPECT_TRUE(ended.is_success()) << ended.text();
        std::ifstream text{output};
        Words found;
        for (std::string one; std::getline(text, one);) {
            found.push_back(one);
        }
        std::filesystem::remove_all(folder);
        return found;
    }

    std::string folder() const { return console_.folder(); }

private:
    const Console console_{ctl_test::sample_answer};
};

TEST_P(CtlCompletions, AreTheRowsOfTheTableOfCommands)
{
    Words names;
    for (const ctl::Command& command : ctl::commands()) {
        names.emplace_back(command.name);
    }
    EXPECT_EQ(of({""}), names);
    EXPECT_EQ(of({"help", ""}), names);
    EXPECT_THAT(of({"sta"}), ElementsAre("status", "stats"));
    EXPECT_THAT(of({"no-such-command", ""}), IsEmpty());
}

TEST_P(CtlCompletions, AreTheHostsOfTheDaemon)
{
    EXPECT_THAT(of({"show", ""}), ElementsAre("home", "nas", "shed", "www"));
    EXPECT_THAT(of({"show", "s"}), ElementsAre("shed"));
    EXPECT_THAT(of({"--json", "watch", "h"}), ElementsAre("home"));
    EXPECT_THAT(of({"show", "home", ""}), IsEmpty());
    EXPECT_THAT(of_whole({NANODNSCTL, "-S", "/nothing-there", "show", ""}), IsEmpty());
    EXPECT_THAT(of({"show", "$(touch /tmp/never)"}), IsEmpty());
}

// By timeout(1), in whose place is a program that shows how it is run.
TEST_P(CtlCompletions, WaitTwoSecondsForTheDaemon)
{
    const std::string path = folder() + "/timeout";
    std::ofstream{path} << "#!/bin/sh\nprintf 'NAME\n%s\n' \"$1-$4\"\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    EXPECT_THAT(of_whole({NANODNSCTL, "-S", "/nothing-there", "show", ""}, folder() + ":/usr/bin:/bin"),
                ElementsAre("2-/nothing-there"));
}

TEST_P(CtlCompletions, AreOptionsOfTheCommandAndOfAll)
{
    EXPECT_THAT(of({"hosts", "--"}), IsSupersetOf({"--overdue", "--refused", "--json", "--wide", "--help"}));
    EXPECT_THAT(of({"show", "home", "--"}), Not(Contains("--overdue")));
    EXPECT_THAT(of({"-"}), IsSupersetOf({"-S", "--json", "-h", "-V", "--version"}));
}

TEST_P(CtlCompletions, AreWordsOfAnArgument)
{
    EXPECT_THAT(of({"clear", "home", ""}), ElementsAre("a", "aaaa", "txt"));
    EXPECT_THAT(of({"clear", "home", "aaaa", "t"}), ElementsAre("txt"));
    EXPECT_THAT(of({"set", "home", ""}), IsEmpty());
    EXPECT_THAT(of({"verbosity", ""}), IsEmpty());
}

TEST_P(CtlCompletions, OfAProgramAreProgramsAndFiles)
{
    EXPECT_THAT(of({"watch", "home", "--exec", GetParam().name == "bash" ? "bas" : "a-"}),
                Contains(GetParam().name == "bash" ? "bash" : "a-program"));
    EXPECT_THAT(of({"watch", "--exec", "echo", GetParam().name == "bash" ? "README" : "a-"}),
                Contains(GetParam().name == "bash" ? "README.md" : "a-file"));
    EXPECT_THAT(of_whole({NANODNSCTL, "-S", GetParam().name == "bash" ? "READ" : "a-"}),
                Contains(GetParam().name == "bash" ? "README.md" : "a-file"));
}

INSTANTIATE_TEST_SUITE_P(Of, CtlCompletions,
                         testing::Values(Shell{"bash", {"bash", "-c", in_bash, "bash"}},
                                         Shell{"zsh", {"zsh", "-f", "-c", in_zsh, "zsh"}}),
                         [](const auto& shell) { return shell.param.name; });

} // namespace
