// nanodnsctl on a real terminal: which columns there are, colours, and the characters of the locale.
#include <array>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include "privsep/unique_fd.h"
#include "tests/support/daemon.h"

namespace
{

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Words = std::vector<std::string>;

class NanodnsctlOnATerminal : public testing::Test
{
protected:
    /// What it writes to a terminal of that width.
    std::string shown(Words arguments, unsigned short columns, Words environment = {}) const
    {
        struct winsize size {
        };
        size.ws_col = columns;
        size.ws_row = 25;
        struct termios raw {
        };
        ::cfmakeraw(&raw); // so that it leaves each byte as it is
        int user = -1;
        int terminal = -1;
        EXPECT_EQ(::openpty(&user, &terminal, nullptr, &raw, &size), 0);
        const privsep::UniqueFd user_end{user}; // of who sees it
        {
            const privsep::UniqueFd terminal_end{terminal};
            support::Start start = command(std::move(arguments), std::move(environment));
            start.before_exec = [terminal] { ::dup2(terminal, STDOUT_FILENO); };
            const support::Result result = support::run(start);
            EXPECT_EQ(result.status, 0) << result.output;
            EXPECT_EQ(result.output, "");
        }
        std::string text;
        std::array<char, 4096> room{};
        for (ssize_t got = 0; (got = ::read(user, room.data(), room.size())) > 0;) { // EIO at the end
            text.append(room.data(), static_cast<std::size_t>(got));
        }
        return text;
    }
    /// What it writes to a pipe.
    std::string piped(Words arguments, Words environment) const
    {
        return support::run(command(std::move(arguments), std::move(environment))).output;
    }

private:
    support::Start command(Words arguments, Words environment) const
    {
        arguments.insert(arguments.begin(), support::installation() + "/bin/nanodnsctl");
        environment.push_back("NANODNSD_SOCKET=" + socket_);
        environment.emplace_back("DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere");
        return {std::move(arguments), std::move(environment)};
    }

    support::Folder folder_;
    const std::string socket_ = folder_ / "control";
    support::Daemon daemon_{{.config = support::server_config() + "[control]\nsocket = " + socket_ + "\n" +
                                       support::sample_hosts()}};
};

const std::string utf8 = "LC_ALL=C.UTF-8";
const std::string terminal_of_people = "TERM=xterm";

TEST_F(NanodnsctlOnATerminal, LeavesOutColumnsThatDoNotFit)
{
    const std::string of40 = "NAME     A           AAAA\n"
                             "printer  192.0.2.80  2001:db8::80\n";
    const std::string of42 = "NAME     A           AAAA          CHANGED\n"
                             "printer  192.0.2.80  2001:db8::80  -\n";
    EXPECT_EQ(shown({"hosts", "printer"}, 40), of40);
    EXPECT_EQ(shown({"hosts", "printer"}, 41), of40);
    EXPECT_EQ(shown({"hosts", "printer"}, 42), of42);
    EXPECT_EQ(shown({"hosts", "printer"}, 0, {"COLUMNS=42"}), of42) << "it does not say how wide it is";
    EXPECT_EQ(shown({"hosts", "printer", "--wide"}, 40), piped({"hosts", "printer"}, {}));
    EXPECT_EQ(shown({"hosts", "printer"}, 200), piped({"hosts", "printer"}, {"COLUMNS=40"}));
    const std::string status = shown({"status"}, 40);
    EXPECT_THAT(status, HasSubstr("  restarts\n"));
    EXPECT_THAT(status, Not(HasSubstr("sandbox")));
    EXPECT_THAT(shown({"status"}, 80), HasSubstr("  restarts  sandbox\n"));
}

TEST_F(NanodnsctlOnATerminal, HasColoursIfTheyAreWanted)
{
    const std::string plain = "\xE2\x97\x8F nanodnsd ";
    const std::string green = "\x1b[32m\xE2\x97\x8F\x1b[0m nanodnsd ";
    EXPECT_THAT(shown({"status"}, 40, {utf8, terminal_of_people}), StartsWith(green));
    EXPECT_THAT(shown({"status"}, 40, {utf8, terminal_of_people, "NO_COLOR="}), StartsWith(green));
    for (const Words& no_colours :
         {Words{utf8, terminal_of_people, "NO_COLOR=1"}, Words{utf8, "TERM=dumb"}}) {
        const std::string text = shown({"status"}, 40, no_colours);
        EXPECT_THAT(text, StartsWith(plain));
        EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    }
    EXPECT_THAT(piped({"status"}, {utf8, terminal_of_people}), StartsWith(plain));
}

// A pipe may lead to a pager, on the same terminal.
TEST_F(NanodnsctlOnATerminal, HasOnlyCharactersOfTheLocale)
{
    const Words c{"LC_ALL=C", terminal_of_people};
    EXPECT_THAT(shown({"status"}, 40, c), StartsWith("\x1b[32m*\x1b[0m nanodnsd "));
    EXPECT_THAT(piped({"status"}, c), StartsWith("* nanodnsd "));
}

} // namespace
