// The checks of the configuration, its readers and its secrets, in both states.
#include <gtest/gtest.h>

#include "tests/ctl/doctor/facts.h"

namespace
{

using namespace doctor_test;

TEST(DoctorConfig, SaysWhatTheDaemonSaysOfIt)
{
    doctor::Facts facts = good_facts();
    facts.said =
        doctor::Said{6, {path + ":3:1: domain: found nothing, expected a name", path + ":4:1: more"}};
    EXPECT_EQ(said(doctor::check_config, facts),
              line("FAIL", path + ":3:1: domain: found nothing, expected a name") +
                  line("FAIL", path + ":4:1: more", edit));
    facts.said = doctor::Said{0, {path + ":8:9: warning: token: found fewer than 16 characters"}};
    EXPECT_EQ(said(doctor::check_config, facts),
              line("warn", path + ":8:9: warning: token: found fewer than 16 characters", edit));
    facts.said = doctor::Said{1, {}};
    const std::string failed = line("FAIL", "nanodnsd -n exited with status 1", edit);
    EXPECT_EQ(said(doctor::check_config, facts), failed);
    facts.state->said.lines = {"nanodnsd: warning: /var/lib/nanodnsd: others may write to it"};
    EXPECT_EQ(said(doctor::check_config, facts), failed);
    facts.state->said.lines.emplace_back(
        "nanodnsd: state file /var/lib/nanodnsd/nanodnsd.state.0 is damaged");
    EXPECT_EQ(said(doctor::check_config, facts), line("ok", path + " has no errors and no warnings"))
        << "the check of the state says it";
}

TEST(DoctorConfig, IsUsedByADaemonWithoutAControlSocket)
{
    doctor::Facts facts = good_facts();
    const std::string editor = "${EDITOR:-vi} " + path + " && ";
    EXPECT_EQ(facts.edit(), editor + "nanodnsctl reload");
    facts.running = no_facts().running;
    EXPECT_EQ(facts.edit(), editor + "systemctl reload nanodnsd.service");
    for (const char* state : {"inactive", "failed", "activating"}) {
        facts.manager->service->active_state = state;
        EXPECT_EQ(facts.edit(), editor + "systemctl restart nanodnsd.service");
    }
    facts.manager = no_facts().manager;
    EXPECT_EQ(facts.edit(), editor + "kill 4812 # and start nanodnsd again");
    facts.main_pid = 0;
    EXPECT_EQ(facts.edit(), editor + "nanodnsd -c " + path);
}

TEST(DoctorConfig, LeavesWarningsOfTheCertificateToTheCheckOfThat)
{
    doctor::Facts facts = good_facts();
    facts.said->lines = {
        "nanodnsd: warning: /etc/nanodnsd/tls/fullchain.pem: the certificate expired on 2026-01-01: "
        "clients will refuse it"};
    EXPECT_EQ(said(doctor::check_config, facts), line("ok", path + " has no errors and no warnings"));
}

const std::string chown = "chown root:nanodnsd-config " + path + " && chmod 640 " + path;

TEST(DoctorReaders, FailsIfTheServiceCannotRead)
{
    doctor::Facts facts = good_facts();
    facts.access->way.back() = {0, 0, 0640};
    facts.access->group = "root";
    EXPECT_EQ(said(doctor::check_readers, facts),
              line("FAIL", path + " cannot be read by the service, which has uid 61184", chown));
    facts.access->service->reads_all = true; // started as root, it keeps that right
    EXPECT_EQ(said(doctor::check_readers, facts), line("ok", path + " belongs to root:root, mode 0640"));
}

std::string said_if_stopped(std::uint32_t gid, std::uint32_t mode, const char* group, bool has_group = true)
{
    doctor::Facts facts = good_facts();
    facts.running = no_facts().running;
    facts.access->service = doctor::Known<doctor::Rights>{};
    facts.access->service_group = has_group ? "nanodnsd-config" : "root";
    facts.access->service_gid = has_group ? 990 : 0;
    facts.access->way.back() = {0, gid, mode};
    facts.access->group = group;
    return said(doctor::check_readers, facts);
}

TEST(DoctorReaders, AreThoseOfAServiceThatDoesNotRun)
{
    const std::string unread =
        line("FAIL", path + " cannot be read by the service, which has the group nanodnsd-config", chown);
    EXPECT_EQ(said_if_stopped(0, 0600, "root"), unread);
    EXPECT_EQ(said_if_stopped(990, 0640, "nanodnsd-config"),
              line("ok", path + " belongs to root:nanodnsd-config, mode 0640"));
    const std::string users = path + " can be read by the group users, which is not the service's";
    EXPECT_EQ(said_if_stopped(100, 0640, "users"),
              line("FAIL", path + " cannot be read by the service, which has the group nanodnsd-config") +
                  line("warn", users, chown));
    // root starts it
    EXPECT_EQ(said_if_stopped(0, 0600, "root", false), line("ok", path + " belongs to root:root, mode 0600"));
    EXPECT_EQ(said_if_stopped(100, 0640, "users", false),
              line("warn", users, "chown root:root " + path + " && chmod 640 " + path));
}

std::string said_of_way(const std::function<void(std::vector<doctor::Inode>&)>& change)
{
    doctor::Facts facts = good_facts();
    change(facts.access->way);
    return said(doctor::check_readers, facts);
}

TEST(DoctorReaders, OpensTheFoldersThatTheServiceCannotSearch)
{
    const auto unread = [](const std::string& advice) {
        return line("FAIL", path + " cannot be read by the service, which has uid 61184", advice);
    };
    EXPECT_EQ(said_of_way([](auto& way) { way[2].mode = 0700; }), unread("chmod g+x /etc/nanodnsd"));
    const std::string chgrp = "chgrp nanodnsd-config /etc/nanodnsd && chmod g+x /etc/nanodnsd";
    EXPECT_EQ(said_of_way([](auto& way) { way[2].gid = 0; }), unread(chgrp));
    EXPECT_EQ(said_of_way([](auto& way) {
                  way[1] = {61184, 0, 0655, "/my etc"};
                  way[2].gid = 0;
                  way[3].gid = 0;
              }),
              unread("chmod u+x '/my etc' && " + chgrp + " && " + chown));
}

TEST(DoctorReaders, FailsIfOthersCanRead)
{
    doctor::Facts facts = good_facts();
    facts.access->way.back().mode = 0644;
    EXPECT_EQ(said(doctor::check_readers, facts),
              line("ok", path + " belongs to root:nanodnsd-config, mode 0644"))
        << "the folder is closed";
    facts.access->way[2].mode = 0755;
    EXPECT_EQ(said(doctor::check_readers, facts),
              line("FAIL", path + " is open to every user: mode 0644", chown));
}

TEST(DoctorReaders, WarnsOfAnotherOwnerAndAnotherGroup)
{
    doctor::Facts facts = good_facts();
    facts.access->way.back().uid = 1000;
    facts.access->owner = "joe";
    EXPECT_EQ(said(doctor::check_readers, facts),
              line("warn", path + " belongs to joe, who can read and change it", chown));
    facts.access->service->uid = 1000; // the daemon of an ordinary user
    EXPECT_EQ(said(doctor::check_readers, facts),
              line("ok", path + " belongs to joe:nanodnsd-config, mode 0640"));
    facts = good_facts();
    facts.access->way.back().gid = 100;
    facts.access->group = "users";
    facts.access->service->reads_all = true;
    EXPECT_EQ(said(doctor::check_readers, facts),
              line("warn", path + " can be read by the group users, which is not the service's", chown));
}

TEST(DoctorReaders, QuotesAPathForTheShell)
{
    doctor::Facts facts = good_facts();
    facts.config_path = "/srv/it's here/x.conf";
    facts.access->way[2].mode = 0755;
    facts.access->way.back().mode = 0644;
    EXPECT_EQ(said(doctor::check_readers, facts),
              line("FAIL", "/srv/it's here/x.conf is open to every user: mode 0644",
                   "chown root:nanodnsd-config '/srv/it'\\''s here/x.conf' && "
                   "chmod 640 '/srv/it'\\''s here/x.conf'"));
}

TEST(DoctorSecrets, NamesTheHostAndNeverTheText)
{
    doctor::Facts facts = good_facts();
    facts.config = parsed(server + "[@home]\ntoken = quite-short\n"
                                   "[@nas]\ntoken = Vjxq0Yv3WbD0PH9Zq#sT1A\n"
                                   "[@shed]\ntoken = Vjxq0Yv3WbD0PH9Zq#sT1A\n"
                                   "[group family]\ntoken = quite-short\nhosts = home\n");
    const std::string text = said(doctor::check_secrets, facts);
    const std::string make = "nanodnsd --new-token";
    EXPECT_EQ(
        text,
        line("warn", "home has a token of fewer than 16 characters, which can be guessed") +
            line("warn", "nas has a token with a character that a URL must escape") +
            line("warn", "shed has a token with a character that a URL must escape") +
            line("warn", "shed has the same token as nas: a [group] is for several hosts") +
            line("warn", "the group family has a token of fewer than 16 characters, which can be guessed") +
            line("warn", "the group family has the same token as home: a [group] is for several hosts",
                 make));
    facts.config =
        parsed(server + "[@home]\ntoken = Vjxq0Yv3WbD0PH9Zq0sT1A\ntoken = Vjxq0Yv3WbD0PH9Zq0sT1A\n");
    EXPECT_EQ(said(doctor::check_secrets, facts), line("warn", "home has the same token twice", make));
    EXPECT_EQ(text.find("quite"), text.npos);
    EXPECT_EQ(text.find("Vjxq"), text.npos);
}

} // namespace
