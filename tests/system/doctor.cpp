// `nanodnsctl doctor` beside the real daemon: each check that a test can make ill, in both states.
#include <csignal>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/system/doctor.h"
#include "tests/system/own_network.h"

namespace
{

namespace fs = std::filesystem;

using doctor_test::Result;
using support::Daemon;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class Doctor : public doctor_test::Patient
{
protected:
    Doctor()
    {
        EXPECT_TRUE(is_alone_);
        close(daemon_);
    }
    void configure(const std::string& text)
    {
        daemon_.configure(text);
        close(daemon_);
    }
    std::string update(const std::string& query)
    {
        return daemon_.update("hostname=home.dyn.example.org&" + query);
    }

    /// Doctor shows all sockets with the ports of the daemon: also those of other tests would be there.
    const bool is_alone_ = hostile::enter_own_network();
    Daemon daemon_{{.config = config()}};
};

TEST_F(Doctor, FindsADaemonThatIsWell)
{
    ASSERT_EQ(update("ipv4=192.0.2.7&token=Vjxq0Yv3WbD0PH9Zq0sT1A"), "200 ok updated");
    const Result result = doctor();
    EXPECT_EQ(result.status, 0) << result.output;
    const std::string path = daemon_.config_path();
    EXPECT_THAT(result.output, HasSubstr("ok    config        " + path + " has no errors and no warnings\n"));
    EXPECT_THAT(result.output, ContainsRegex("\nok    its readers   .* mode 0640\n"));
    EXPECT_THAT(result.output, HasSubstr("\nskip  unit          cannot ask the service manager: "));
    EXPECT_THAT(result.output, HasSubstr("\nok    sockets       dns and http listen\n"));
    EXPECT_THAT(result.output, HasSubstr("\nok    port 53       nanodnsd listens on 2 sockets\n"));
    EXPECT_THAT(result.output,
                ContainsRegex("\nok    answers       127.0.0.1 answers over UDP and TCP, serial [0-9]+\n"));
    EXPECT_THAT(result.output, HasSubstr("\nok    name servers  no name server lies in the zone\n"));
    EXPECT_THAT(result.output, HasSubstr("\nskip  delegation "));
    EXPECT_THAT(result.output, HasSubstr("\n                    dig +trace dyn.example.org NS\n"));
    EXPECT_THAT(result.output, HasSubstr("\nskip  certificate   there is no [https] in the configuration\n"));
    EXPECT_THAT(result.output,
                HasSubstr("\nok    hosts         1 of 1 have an address; none is overdue or refused\n"));
    EXPECT_THAT(result.output,
                HasSubstr("\nok    secrets       the tokens are long, and each section has its own\n"));
    EXPECT_THAT(result.output,
                HasSubstr("\nok    updates       plain HTTP is served only to this machine\n"));
    EXPECT_THAT(result.output, ContainsRegex("\nok    state         " + daemon_.state_path() +
                                             ": [0-9]+ bytes, the last record is complete\n"));
    EXPECT_THAT(
        result.output,
        HasSubstr("\nok    losses        no datagram was dropped, and the rate limit was not reached\n"));
}

TEST_F(Doctor, IsJson)
{
    const Result result = doctor({"--json"});
    EXPECT_THAT(result.output, HasSubstr(R"({"version":1,"failures":)"));
    EXPECT_THAT(result.output, HasSubstr(R"({"check":"its readers","verdict":)"));
}

TEST_F(Doctor, SaysWhatIsWrongWithTheConfig)
{
    configure(config("[@home]\ntoken = x\nttl = much\n"));
    const Result result = doctor();
    EXPECT_EQ(result.status, 1);
    const std::string path = daemon_.config_path();
    EXPECT_THAT(result.output, ContainsRegex("FAIL  config        " + path + ":[0-9]+:7: ttl: found much"));
    EXPECT_THAT(result.output, HasSubstr("&& nanodnsctl -S " + socket_ + " reload\n"));
    EXPECT_THAT(result.output, HasSubstr("\nskip  secrets       " + path + " has errors\n"));
    EXPECT_THAT(result.output, HasSubstr("nanodnsctl: doctor found 1 failure and "));
}

TEST_F(Doctor, WarnsOfSecretsWithoutShowingThem)
{
    configure(config("[@home]\ntoken = hunter2\n"));
    EXPECT_EQ(doctor({"--strict"}).status, 1);
    EXPECT_THAT(said(), HasSubstr("\nwarn  secrets       home has a token of fewer than 16 characters"));
    EXPECT_THAT(said(), HasSubstr("warning: token: found fewer than 16 characters"));
    EXPECT_THAT(said(), Not(HasSubstr("hunter2")));
}

TEST_F(Doctor, FailsIfEveryUserCanReadTheConfig)
{
    ::chmod(daemon_.config_path().c_str(), 0644);
    const Result result = doctor();
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr("FAIL  its readers   " + daemon_.config_path() +
                                         " is open to every user: mode 0644\n"));
    EXPECT_THAT(result.output, HasSubstr(" && chmod 640 " + daemon_.config_path() + "\n"));
}

TEST_F(Doctor, NamesHostsThatAreRefusedOrNeverUpdated)
{
    EXPECT_THAT(said(), HasSubstr("\nwarn  hosts         home was never updated\n"
                                  "                    nanodnsctl -S " +
                                  socket_ + " show home\n"));
    update("ipv4=192.0.2.7&token=wrong");
    EXPECT_THAT(
        said(),
        ContainsRegex("\nwarn  hosts         home was refused once since its last success, most recently "
                      ".*: wrong secret, from 127.0.0.1\n"));
}

TEST_F(Doctor, NoticesFilesOfTheStateThatWereMoved)
{
    for (const char* which : {".0", ".1"}) {
        fs::rename(daemon_.state_path() + which, daemon_.state_path() + which + ".old");
        fs::copy_file(daemon_.state_path() + which + ".old", daemon_.state_path() + which);
    }
    const Result result = doctor();
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr("are not the files that the daemon has open"));
    EXPECT_THAT(result.output,
                HasSubstr("                    kill " + std::to_string(daemon_.process().pid()) +
                          " # and start nanodnsd again\n"));
}

TEST_F(Doctor, SaysWhatIsWrongWithTheState)
{
    update("ipv4=192.0.2.7&token=Vjxq0Yv3WbD0PH9Zq0sT1A");
    const std::string first = daemon_.state_path() + ".0";
    const std::string live = fs::file_size(first) != 0 ? first : daemon_.state_path() + ".1";
    std::string content = support::read_file(live);
    content[content.size() - 10] = static_cast<char>(content[content.size() - 10] ^ 1);
    support::write_file(live, content);
    const Result result = doctor();
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr("ok    config        "));
    EXPECT_THAT(result.output, HasSubstr("\nFAIL  state         "));
    EXPECT_THAT(result.output, HasSubstr("is damaged at byte "));
}

TEST_F(Doctor, NoticesAnotherConfigThanIsServed)
{
    std::string other = config();
    other.replace(other.find("nameserver"),
                  other.find('\n', other.find("nameserver")) - other.find("nameserver"),
                  "nameserver = other.example.net");
    configure(other);
    const Result result = doctor();
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr(", but the configuration has other.example.net\n"));
    ASSERT_TRUE(daemon_.reload());
    EXPECT_THAT(said(), HasSubstr("\nok    answers       127.0.0.1 answers"));
}

// The daemon is there, but nobody gets an answer.
TEST_F(Doctor, FailsIfTheResponderDoesNotAnswer)
{
    const pid_t responder = daemon_.child("responder").value();
    ::kill(responder, SIGSTOP);
    const Result result = doctor();
    ::kill(responder, SIGCONT);
    EXPECT_EQ(result.status, 1) << result.output;
    for (const auto& [transport, port] : {std::pair{"UDP", daemon_.udp()}, {"TCP", daemon_.tcp()}}) {
        EXPECT_THAT(result.output,
                    ContainsRegex("\n(FAIL|    )  (answers|       )       127.0.0.1 port " +
                                  std::to_string(port) + " over " + transport + ": no answer: .+\n"));
    }
    EXPECT_THAT(said(), HasSubstr("\nok    answers       127.0.0.1 answers"));
}

TEST_F(Doctor, NamesNameServersThatTheInternetCannotReach)
{
    const auto serve = [&](const std::string& more) {
        std::string text = config(doctor_test::good_hosts + more);
        text.replace(text.find("ns.example.org"), 14, "ns.dyn.example.org");
        configure(text);
        EXPECT_TRUE(daemon_.reload());
    };
    serve("");
    EXPECT_EQ(doctor().status, 1);
    EXPECT_THAT(said(),
                ContainsRegex("\nFAIL  name servers  ns.dyn.example.org lies in the zone and has no address\n"
                              "                    printf '%s\\\\n' '' '\\[@ns\\]' a=.+ && nanodnsctl -S " +
                              socket_ + " reload\n"));
    serve("[@ns]\na = 192.168.1.5\n");
    EXPECT_THAT(said(), HasSubstr("\nwarn  name servers  ns.dyn.example.org has an address that the internet "
                                  "cannot reach: correct [@ns]\n"));
    serve("[@ns]\na = 192.0.2.53\n");
    EXPECT_THAT(said(), HasSubstr("\nok    name servers  "));
}

TEST_F(Doctor, SkipsWhatAnOrdinaryUserMayNotRead)
{
    ::chmod((daemon_.folder() / "state").c_str(), 0700);
    ::chmod(socket_.c_str(), 0666); // as for a member of its group: so the path of the config is known
    support::Start start = command();
    start.before_exec = support::become_ordinary;
    const Result result = support::run(start);
    if (::geteuid() == 0) {
        const std::string no = " cannot be read: Permission denied; doctor sees more as root\n";
        EXPECT_EQ(result.status, 0) << result.output;
        EXPECT_THAT(result.output, HasSubstr("skip  config        " + daemon_.config_path() + no));
        EXPECT_THAT(result.output, HasSubstr("\nskip  secrets       " + daemon_.config_path() + no));
        EXPECT_THAT(result.output, HasSubstr("\nskip  state         " + (daemon_.folder() / "state/") + no));
        // what the daemon says over its control socket, and by DNS
        EXPECT_THAT(result.output, HasSubstr("\nok    name servers  no name server lies in the zone\n"));
        EXPECT_THAT(result.output, HasSubstr("\n                    dyn.example.org. NS "));
        EXPECT_THAT(result.output, HasSubstr("\nskip  certificate   the daemon does not serve HTTPS now\n"));
        EXPECT_THAT(result.output, HasSubstr("\nwarn  hosts         home was never updated\n"));
    }
}

TEST_F(Doctor, WorksWithoutADaemon)
{
    ASSERT_EQ(daemon_.stop(), 0);
    const Result result = doctor();
    EXPECT_THAT(result.output, HasSubstr("\nskip  hosts         no daemon listens on " + socket_));
}

} // namespace
