// Files of HTTPS that cannot be used, or that deserve a warning: at a start, at a reload and with -n.
#include <csignal>
#include <sys/stat.h>

#include "proto/ipc/exit_status.h"
#include "tests/system/https_fixture.h"
#include "tests/system/service_manager.h"

namespace https_test
{

/// How the files are, and what is said of them. CHAIN, KEY and ONE stand for paths.
struct Case {
    std::string name;
    std::string chain = "one.pem";
    std::string key = "one.key";
    std::string says;         ///< behind the place in the config
    std::string of = "chain"; ///< which line of the config it is about
};

void PrintTo(const Case& one, std::ostream* out) // NOLINT(readability-identifier-naming)
{
    *out << one.name;
}

class HttpsFiles : public Https
{
protected:
    HttpsFiles()
    {
        // no certificate of another key has its name
        support::write_file(file("text"), "no PEM\n");
        support::run({"openssl", "pkey", "-in", file("one.key"), "-aes128", "-passout", "pass:secret", "-out",
                      file("encrypted.key")});
        make_pair(folder_, "weak", {"rsa:1024"});
        make_pair(folder_, "curve", {"ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"});
    }

    /// The line of `key` in the config.
    static std::string line_of(const std::string& key, const std::string& text)
    {
        const std::size_t at = text.find("\n" + key + " = ") + 1;
        return std::to_string(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n') +
                              1);
    }
    /// "CONFIG:LINE:COLUMN: " of the path.
    static std::string place(const std::string& config_path, const std::string& of, const std::string& text)
    {
        const std::string key = of == "chain" ? "certificate" : "key";
        return config_path + ":" + line_of(key, text) + ":" + std::to_string(key.size() + 4) + ": ";
    }
    std::string with_paths(std::string text) const
    {
        for (std::size_t at = 0; (at = text.find("FOLDER")) != std::string::npos;) {
            text.replace(at, 6, folder_.path());
        }
        return text;
    }
    support::Result check(const std::string& text) const
    {
        support::write_file(file("conf"), text);
        return support::run({support::installation() + "/bin/nanodnsd", "-n", "-c", file("conf")});
    }
};

class UnusableFiles : public HttpsFiles, public testing::WithParamInterface<Case>
{
};

TEST_P(UnusableFiles, AreFoundByTheOptionN)
{
    const Case& one = GetParam();
    const std::string text = config_with(file(one.chain), file(one.key));
    const support::Result result = check(text);
    EXPECT_EQ(result.status, 6);
    EXPECT_THAT(result.output, HasSubstr(place(file("conf"), one.of, text) + with_paths(one.says)));
    EXPECT_THAT(result.output, Not(HasSubstr("trial")));
}

TEST_P(UnusableFiles, EndAStart)
{
    const Case& one = GetParam();
    const std::string text = config_with(file(one.chain), file(one.key));
    support::DaemonStart start = start_with(text);
    start.wait_until_it_serves = false;
    Daemon daemon{start};
    EXPECT_EQ(daemon.process().wait(), 6);
    EXPECT_THAT(daemon.process().output(),
                HasSubstr(place(daemon.config_path(), one.of, text) + with_paths(one.says)));
}

TEST_P(UnusableFiles, AreRefusedByAReload)
{
    const Case& one = GetParam();
    const std::string text = config_with(file(one.chain), file(one.key));
    Daemon daemon{start_with(config("two"))};
    daemon.configure(text);
    EXPECT_TRUE(daemon.reload("reload refused, the old configuration stays in force: " +
                              place(daemon.config_path(), one.of, text) + with_paths(one.says)));
    EXPECT_EQ(update(daemon, file("two.pem"), params_of_home + "7"), "200 ok updated");
}

INSTANTIATE_TEST_SUITE_P(
    All, UnusableFiles,
    testing::Values(
        Case{"chain_is_missing", "none", "one.key", "cannot open FOLDER/none: No such file or directory"},
        Case{"key_is_missing", "one.pem", "none", "cannot open FOLDER/none: No such file or directory",
             "key"},
        Case{"chain_is_no_pem", "text", "one.key", "FOLDER/text: found no certificate in PEM form"},
        Case{"key_is_no_pem", "one.pem", "text", "FOLDER/text: found no private key in PEM form", "key"},
        Case{"key_is_in_the_chain", "one.key", "one.key", "FOLDER/one.key: found a private key"},
        Case{"key_is_encrypted", "one.pem", "encrypted.key",
             "FOLDER/encrypted.key: found an encrypted key, expected one without a passphrase", "key"},
        Case{"key_is_another", "one.pem", "two.key",
             "FOLDER/two.key: the key does not belong to the first certificate in FOLDER/one.pem", "key"},
        Case{"rsa_is_weak", "weak.pem", "weak.key",
             "FOLDER/weak.pem: found RSA with 1024 bits, expected RSA with at least 2048 and at most 4096 "
             "bits"},
        Case{"curve_is_another", "curve.pem", "curve.key",
             "FOLDER/curve.pem: found ECDSA with secp256k1, expected"}),
    [](const testing::TestParamInfo<Case>& each) { return each.param.name; });

/// A start under a service manager with files that cannot be used. `of`: which line of the config it is
/// about; `says`: the end of its status; `is_supervisor`: whether nanodnsd is the supervisor by then.
class FilesUnderAServiceManager : public HttpsFiles
{
protected:
    static void expect_to_wait(pid_t pid)
    {
        while (support::read_proc(pid, "status").find("ShdPnd:\t0000000000000200") != std::string::npos) {}
        while (!support::has_state(pid, 'S') && !support::has_state(pid, 'Z')) {}
        EXPECT_TRUE(support::has_state(pid, 'S')) << "it does not wait";
    }
    static void expect(const std::string& config, const std::string& of, const std::string& says,
                       bool is_supervisor)
    {
        const support::Manager manager;
        support::DaemonStart start = start_with(config);
        start.environment = {manager.variable()};
        start.wait_until_it_serves = false;
        Daemon daemon{start};
        EXPECT_EQ(manager.hear_other(), "STATUS=not serving, next start in 10 s: " +
                                            place(daemon.config_path(), of, config) + says);
        EXPECT_TRUE(daemon.all_children().empty()) << "a process is left";
        expect_to_wait(daemon.process().pid());
        if (is_supervisor) {
            daemon.process().signal(SIGUSR1); // does not end the wait
            expect_to_wait(daemon.process().pid());
        }
        daemon.process().signal(SIGHUP);
        EXPECT_EQ(daemon.process().wait(), 6);
        EXPECT_THAT(daemon.process().output(), Not(HasSubstr("was killed by signal")));
    }
};

// If it exited, systemd would start it twice a second until the files are fixed.
TEST_F(FilesUnderAServiceManager, AreTriedAgainIfTheyCannotBeUsed)
{
    expect(config_with(file("one.pem"), file("two.key")), "key",
           file("two.key") + ": the key does not belong to the first certificate in " + file("one.pem"),
           true);
}

// The reader has the tokens.
TEST_F(FilesUnderAServiceManager, AreTriedAgainWithoutAReaderIfTheyCannotBeOpened)
{
    expect(config_with(file("none"), file("one.key")), "chain",
           "cannot open " + file("none") + ": No such file or directory", false);
}

// A pipe returns less than was asked for.
TEST_F(HttpsFiles, AreReadToTheEnd)
{
    const std::string command = "mkfifo pipe; (head -c 100 one.pem; tail -c +101 one.pem) > pipe & exec " +
                                support::installation() +
                                "/libexec/nanodnsd/keyholder --check '' '' pipe : one.key : ns.example.org.";
    const support::Result result = support::run({"sh", "-c", "cd " + folder_.path() + "; " + command});
    EXPECT_EQ(result.status, ipc::exit_has_https) << result.output;
}

// As in the reload command of a unit. The daemon logs the warnings.
TEST_F(HttpsFiles, ThatCannotBeUsedAreOneLineInTheJournal)
{
    const auto check_for_journal = [&](const std::string& text) {
        support::write_file(file("conf"), text);
        return support::run({"sh", "-c",
                             "JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2) exec " +
                                 support::installation() + "/bin/nanodnsd -n -c " + file("conf")});
    };
    const support::Result bad = check_for_journal(config_with(file("one.pem"), file("two.key")));
    EXPECT_EQ(bad.status, 6);
    EXPECT_THAT(bad.output, testing::StartsWith("<3>nanodnsd: " + file("conf") + ":"));
    EXPECT_EQ(std::count(bad.output.begin(), bad.output.end(), '\n'), 1) << bad.output;
    ASSERT_EQ(::chmod(file("one.key").c_str(), 0644), 0);
    const support::Result good = check_for_journal(config("one"));
    EXPECT_EQ(good.status, 0);
    EXPECT_EQ(good.output, "");
}

// Nobody but its owner may read it, and the daemon is another user.
TEST_F(HttpsFiles, ThatAreUnreadableAreSaidToBeSoForTheUser)
{
    ASSERT_EQ(::chmod(file("one.key").c_str(), 0600), 0);
    const std::string text = config("one");
    support::write_file(file("conf"), text);
    support::Start start{{support::installation() + "/bin/nanodnsd", "-n", "-c", file("conf")}, {}};
    start.before_exec = support::become_ordinary;
    const support::Result result = support::run(start);
    EXPECT_EQ(result.status, 6);
    EXPECT_THAT(
        result.output,
        testing::ContainsRegex("cannot open " + file("one.key") +
                               ": Permission denied: uid [0-9]+ with gid [0-9]+ must be able to read it"));
}

/// The warnings of -n, of a start and of a reload with such files. All three serve.
class FilesWithAWarning : public HttpsFiles
{
protected:
    void expect(const std::string& text, const std::string& warning)
    {
        const support::Result result = check(text);
        EXPECT_EQ(result.status, 0) << result.output;
        EXPECT_THAT(result.output, HasSubstr("warning: " + warning));
        Daemon daemon{start_with(text)};
        EXPECT_THAT(daemon.process().output(), HasSubstr(warning));
        ASSERT_TRUE(daemon.reload(warning));
        ASSERT_TRUE(daemon.logs("nanodnsd: serving "));
        EXPECT_EQ(support::run({"curl", "-sk",
                                "https://127.0.0.1:" + std::to_string(daemon.https()) + "/api/update?" +
                                    params_of_home + "7"})
                      .output,
                  "ok updated");
    }
    /// Writes dated.pem, of the first key, valid between these dates.
    void make_dated(const std::string& begin, const std::string& end) const
    {
        support::write_file(file("ca.conf"), "[ca]\ndefault_ca=own\n[own]\ndatabase=" + file("index") +
                                                 "\nnew_certs_dir=" + folder_.path() +
                                                 "\nserial=" + file("serial") +
                                                 "\ndefault_md=sha256\npolicy=any\nunique_subject=no\n"
                                                 "[any]\ncommonName=supplied\n"
                                                 "[names]\nsubjectAltName=DNS:ns.example.org\n");
        support::write_file(file("index"), "");
        support::write_file(file("serial"), "01\n");
        support::run(
            {"openssl", "req", "-new", "-subj", "/CN=x", "-key", file("one.key"), "-out", file("request")});
        support::run({"openssl", "ca", "-batch", "-selfsign", "-config", file("ca.conf"), "-extensions",
                      "names", "-keyfile", file("one.key"), "-in", file("request"), "-startdate", begin,
                      "-enddate", end, "-out", file("dated.pem")});
    }
};

TEST_F(FilesWithAWarning, HaveExpired)
{
    make_dated("20200101000000Z", "20200201000000Z");
    expect(config_with(file("dated.pem"), file("one.key")),
           file("dated.pem") + ": the certificate expired on 2020-02-01 00:00 UTC: clients will refuse it");
}

TEST_F(FilesWithAWarning, AreNotValidYet)
{
    make_dated("20990101000000Z", "20990201000000Z");
    expect(config_with(file("dated.pem"), file("one.key")),
           file("dated.pem") + ": the certificate is not valid before 2099-01-01 00:00 UTC");
}

TEST_F(FilesWithAWarning, AreForOtherNames)
{
    std::string text = config("one");
    text.replace(text.find("nameserver = ns.example.org"), 27, "nameserver = ns.example.net");
    expect(text, file("one.pem") + ": the certificate is for none of the names in nameserver=");
}

TEST_F(FilesWithAWarning, HaveAKeyThatAllUsersCanRead)
{
    ASSERT_EQ(::chmod(file("one.key").c_str(), 0644), 0);
    const std::string warning =
        file("one.key") + " contains a private key, and all users of this machine can read it: ";
    std::string output;
    {
        Daemon daemon{start_with(config("one"))};
        output = daemon.process().output();
    }
    const std::size_t at = output.find(warning);
    ASSERT_NE(at, std::string::npos) << output;
    expect(config("one"), output.substr(at, output.find('\n', at) - at)); // with the same command
}

TEST_F(HttpsFiles, HaveNoSuchWarningIfTheyAreWellProtected)
{
    ASSERT_EQ(::chmod(file("one.key").c_str(), 0640), 0);
    EXPECT_THAT(check(config("one")).output, Not(HasSubstr("can read it")));
    Daemon daemon{start_with(config("one"))};
    EXPECT_THAT(daemon.process().output(), Not(HasSubstr("contains a private key")));
}

} // namespace https_test
