// The checks of the certificate and of the state, in both states.
#include <gtest/gtest.h>

#include "tests/ctl/doctor/facts.h"

namespace
{

using namespace doctor_test;

const std::string hook = "RENEWED_LINEAGE=/etc/letsencrypt/live/ns.dyn.mydomain.test "
                         "/usr/share/doc/nanodnsd/contrib/tls/deploy-hook";

std::string said_of_certificate(base::Seconds left)
{
    doctor::Facts facts = good_facts();
    facts.running->certificate->expires = now + left;
    return said(doctor::check_certificate, facts);
}

TEST(DoctorCertificate, ExpiresSoon)
{
    const std::string of = "the certificate of ns.dyn.mydomain.test ";
    EXPECT_EQ(said_of_certificate(21 * day), line("ok", of + "expires in 21 d"));
    EXPECT_EQ(said_of_certificate(20 * day), line("warn", of + "expires in 20 d", hook));
    EXPECT_EQ(said_of_certificate(3 * day), line("warn", of + "expires in 3 d", hook));
    EXPECT_EQ(said_of_certificate(2 * day), line("FAIL", of + "expires in 2 d", hook));
    EXPECT_EQ(said_of_certificate(-2 * day), line("FAIL", of + "expired 2 d ago", hook));
}

TEST(DoctorCertificate, HasTheHookOfTheInstalledDocuments)
{
    doctor::Facts facts = good_facts();
    facts.running->certificate->expires = now;
    facts.documents = "/opt/my dns/share/doc/nanodnsd";
    EXPECT_EQ(doctor::check_certificate(facts).front().advice,
              "RENEWED_LINEAGE=/etc/letsencrypt/live/ns.dyn.mydomain.test "
              "'/opt/my dns/share/doc/nanodnsd/contrib/tls/deploy-hook'");
}

TEST(DoctorCertificate, IsNewerThanWhatIsServed)
{
    doctor::Facts facts = good_facts();
    facts.certificate_file = now;
    facts.running->certificate->expires = now + day;
    EXPECT_EQ(
        said(doctor::check_certificate, facts),
        line("warn", "/etc/nanodnsd/tls/fullchain.pem is newer than the certificate that is served") +
            line("FAIL", "the certificate of ns.dyn.mydomain.test expires in 1 d", "nanodnsctl reload"));
}

TEST(DoctorCertificate, HasNoNameOfTheServer)
{
    doctor::Facts facts = good_facts();
    const std::string found = "/etc/nanodnsd/tls/fullchain.pem: the certificate is for none of the names in "
                              "nameserver=: clients that use these will refuse it";
    facts.said->lines = {"nanodnsd: warning: " + found};
    EXPECT_EQ(said(doctor::check_certificate, facts), line("warn", found, hook));
}

TEST(DoctorCertificate, IsNotNeededWithoutHttps)
{
    doctor::Facts facts = good_facts();
    facts.config = parsed(server + hosts);
    EXPECT_EQ(said(doctor::check_certificate, facts),
              line("skip", "there is no [https] in the configuration"));
    facts = good_facts();
    facts.running->certificate.reset();
    EXPECT_EQ(said(doctor::check_certificate, facts), line("skip", "the daemon does not serve HTTPS now"));
}

// A member of the group of the control socket may not read the configuration.
TEST(DoctorCertificate, IsKnownFromTheDaemonWithoutTheConfig)
{
    const std::string file = "its file was not looked at: " + path + " cannot be read: Permission denied";
    const std::string of = "the certificate of ns.dyn.mydomain.test ";
    doctor::Facts facts = good_facts();
    facts.config = no_facts().config;
    EXPECT_EQ(said(doctor::check_certificate, facts),
              line("ok", of + "expires in 61 d") + line("skip", file));
    facts.running->certificate->expires = now + 2 * day;
    EXPECT_EQ(said(doctor::check_certificate, facts),
              line("FAIL", of + "expires in 2 d", hook) + line("skip", file));
    facts.running->certificate.reset();
    EXPECT_EQ(said(doctor::check_certificate, facts), line("skip", "the daemon does not serve HTTPS now"));
}

std::string said_of_state(const std::function<void(doctor::State&)>& change)
{
    doctor::Facts facts = good_facts();
    change(*facts.state);
    return said(doctor::check_state, facts);
}

const std::string report_line = "nanodnsd -n -c " + path + " -s /var/lib/nanodnsd/nanodnsd.state";

TEST(DoctorState, SaysWhatTheDaemonSaysOfIt)
{
    const std::string damaged =
        "nanodnsd: state file /var/lib/nanodnsd/nanodnsd.state.0 is damaged at byte 99";
    EXPECT_EQ(said_of_state([&](doctor::State& state) {
                  state.said = {1, {damaged}};
              }),
              line("FAIL", damaged, report_line));
    const std::string open = "nanodnsd: warning: /var/lib/nanodnsd: others may write to it";
    EXPECT_EQ(said_of_state([&](doctor::State& state) {
                  state.said = {0, {open}};
              }),
              line("warn", open, report_line));
    EXPECT_EQ(
        said_of_state([](doctor::State& state) { state.incomplete = "30 bytes of a record at byte 99"; }),
        line("warn", "the last record is incomplete: 30 bytes of a record at byte 99", report_line));
}

TEST(DoctorState, HasNoRoom)
{
    const std::string df = "df -h /var/lib/nanodnsd";
    const std::string of = "/var/lib/nanodnsd/nanodnsd.state has room for ";
    EXPECT_EQ(said_of_state([](doctor::State& state) { state.room = 4096; }),
              line("FAIL", of + "4096 bytes more", df));
    EXPECT_EQ(said_of_state([](doctor::State& state) { state.room = 66000; }),
              line("warn", of + "66000 bytes more", df));
}

TEST(DoctorState, WasMoved)
{
    EXPECT_EQ(said_of_state([](doctor::State& state) { state.is_in_place = false; }),
              line("FAIL",
                   "/var/lib/nanodnsd/nanodnsd.state.0 and /var/lib/nanodnsd/nanodnsd.state.1 are not the "
                   "files that "
                   "the daemon has open: it refuses updates until these are back",
                   "systemctl restart nanodnsd.service"));
}

} // namespace
