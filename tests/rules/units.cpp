// The systemd units: valid, confined, and installed where systemd looks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rules/source_tree.h"

namespace
{

// The units as installed, but with the build folder as prefix.
const std::string units = (rules::build_dir / "tests/units").string();

TEST(Units, AreAcceptedWithoutAMessage)
{
    const rules::Run verify =
        rules::run("cd '" + units +
                   "' && systemd-analyze verify --man=no ./nanodnsd.service "
                   "./nanodnsd-dns.socket ./nanodnsd-http.socket ./nanodnsd-https.socket "
                   "./nanodnsd-control.socket ./nanodnsd-metrics.socket");
    EXPECT_EQ(verify.status, 0);
    EXPECT_EQ(verify.output, "");
}

// The commands of the examples need not be installed here.
TEST(Units, OfTheExamplesAreAcceptedWithoutAMessage)
{
    const std::filesystem::path folder = rules::build_dir / "tests/example_units";
    std::filesystem::create_directories(folder);
    const std::regex program{"\\nExecStart=[^ ]+ "};
    for (const std::string& path : rules::files_in({"contrib"}, {".service"})) {
        const std::string text = rules::read(rules::source_dir / path);
        ASSERT_TRUE(std::regex_search(text, program)) << path;
        const std::filesystem::path copy = folder / std::filesystem::path{path}.filename();
        std::ofstream{copy} << std::regex_replace(text, program, "\nExecStart=/bin/true ");
        const bool is_of_user = text.find("\nWantedBy=default.target\n") != std::string::npos;
        const rules::Run verify =
            rules::run("XDG_RUNTIME_DIR='" + folder.string() + "' systemd-analyze verify --man=no " +
                       (is_of_user ? "--user '" : "'") + copy.string() + "'");
        EXPECT_EQ(verify.status, 0) << path;
        EXPECT_EQ(verify.output, "") << path;
    }
}

// The service's /proc does not have it (ProcSubset=pid).
TEST(Units, PassTheBootId)
{
    EXPECT_THAT(rules::read(units + "/nanodnsd.service"),
                testing::HasSubstr("\nEnvironment=NANODNSD_BOOT_ID=%b\n"));
}

void replace(std::string& text, const std::string& what, const std::string& by)
{
    ASSERT_NE(text.find(what), std::string::npos) << what;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
        text.replace(at, what.size(), by);
    }
}

/// The output of the shell of ExecReload, "HUP" if it sends a signal, and its exit status. `stats`: what the
/// command of this name does.
std::string reload_if(const std::string& stats, const std::string& patience = "60")
{
    const std::filesystem::path folder = rules::build_dir / "tests/reload";
    std::filesystem::create_directories(folder);
    const std::string begin = "ExecReload=+/bin/sh -c '";
    std::string shell = rules::read(units + "/nanodnsd.service");
    shell.erase(0, shell.find(begin) + begin.size());
    shell.erase(shell.find("'\n"));
    replace(shell, rules::build_dir.string() + "/bin/nanodnsctl", folder / "nanodnsctl");
    replace(shell, "/run/nanodnsd/control", folder / "control");
    replace(shell, "[ -S ", "[ -e ");
    replace(shell, "timeout 5 ", "timeout " + patience + ' ');
    std::ofstream{folder / "shell"} << shell << '\n';
    std::ofstream{folder / "control"} << '\n';
    std::ofstream{folder / "nanodnsctl"} << "#!/bin/sh\n[ $3 != stats ] || { " << stats << "; }\necho $3\n";
    const std::string in_folder = "cd '" + folder.string() + "' && ";
    rules::run(in_folder + "chmod +x nanodnsctl");
    std::ofstream{folder / "main"} << "trap 'echo HUP' HUP\nMAINPID=$$ sh ./shell\necho $?\n";
    return rules::run(in_folder + "sh ./main").output;
}

TEST(Units, SendASignalOnlyIfNoConsoleAnswers)
{
    EXPECT_EQ(reload_if("exit 0"), "reload\n0\n");
    EXPECT_EQ(reload_if("echo 16 clients >&2; exit 1"), "16 clients\n1\n");
    EXPECT_EQ(reload_if("echo nobody >&2; exit 3"), "HUP\n0\n");
    EXPECT_EQ(reload_if("exec tail -f /dev/null", "0.01"), "HUP\n0\n") << "it hangs";
}

/// What the package says if a service runs and `nanodnsd -n` exits with the status.
std::string upgrade_if(int status)
{
    std::string shell = rules::read(rules::source_dir / "contrib/debian/postinst");
    shell.erase(shell.find("\ncase $1 in"));
    const std::filesystem::path folder = rules::build_dir / "tests/package";
    std::filesystem::create_directories(folder);
    std::ofstream{folder / "script"} << shell << "\nsystemctl() { :; }\nnanodnsd() { return " << status
                                     << "; }\nrestart\n";
    const rules::Run run = rules::run("sh '" + (folder / "script").string() + "' 2>&1");
    EXPECT_EQ(run.status, 0);
    return run.output;
}

TEST(Package, SaysWhyAnUpgradeLeavesTheOldVersionRunning)
{
    const std::string begin = "nanodnsd runs in its old version: ";
    EXPECT_EQ(upgrade_if(6), begin + "/etc/nanodnsd/nanodnsd.conf has errors. nanodnsd -n lists them.\n");
    EXPECT_EQ(upgrade_if(1), begin + "nanodnsd -n fails, and says why.\n");
}

// systemd-analyze(1): the threshold is ten times the exposure that it prints.
TEST(Units, ConfineTheServiceToAnExposureOfAtMostOneTenth)
{
    const rules::Run security = rules::run("cd '" + units +
                                           "' && SYSTEMD_COLORS=0 systemd-analyze security --no-pager "
                                           "--offline=true --threshold=1 ./nanodnsd.service");
    EXPECT_EQ(security.status, 0) << security.output;
}

TEST(Installation, HonoursDestdirAndPrefix)
{
    const std::filesystem::path staging = rules::build_dir / "tests/staging";
    std::filesystem::remove_all(staging);
    const rules::Run install =
        rules::run("DESTDIR='" + staging.string() + "' cmake --install '" + rules::build_dir.string() +
                   "' --prefix /opt/nanodnsd --component Unspecified");
    ASSERT_EQ(install.status, 0) << install.output;
    const std::filesystem::path prefix = staging / "opt/nanodnsd";
    for (const std::string path : {"bin/nanodnsd",
                                   "bin/nanodnsctl",
                                   "libexec/nanodnsd/responder",
                                   "libexec/nanodnsd/updater",
                                   "libexec/nanodnsd/keeper",
                                   "libexec/nanodnsd/reader",
                                   "libexec/nanodnsd/updater-tls",
                                   "libexec/nanodnsd/keyholder",
                                   "libexec/nanodnsd/init",
                                   "libexec/nanodnsd/console",
                                   "lib/systemd/system/nanodnsd-control.socket",
                                   "lib/systemd/system/nanodnsd-metrics.socket",
                                   "lib/systemd/system/nanodnsd-dns.socket",
                                   "lib/systemd/system/nanodnsd-https.socket",
                                   "lib/systemd/system/nanodnsd-http.socket",
                                   "lib/sysusers.d/nanodnsd.conf",
                                   "lib/tmpfiles.d/nanodnsd.conf",
                                   "share/man/man8/nanodnsd.8",
                                   "share/man/man1/nanodnsctl.1",
                                   "share/man/man5/nanodnsd.conf.5",
                                   "share/man/man7/nanodnsd-update.7",
                                   "share/man/man7/nanodnsd-privsep.7",
                                   "share/doc/nanodnsd/examples/nanodnsd.conf",
                                   "share/doc/nanodnsd/examples/narrow-dns.conf",
                                   "share/doc/nanodnsd/README.md",
                                   "share/doc/nanodnsd/GUIDE.md",
                                   "share/doc/nanodnsd/contrib/clients/README.md",
                                   "share/doc/nanodnsd/contrib/clients/fritzbox.md",
                                   "share/doc/nanodnsd/contrib/proxy/README.md",
                                   "share/doc/nanodnsd/contrib/proxy/nginx.conf",
                                   "share/doc/nanodnsd/contrib/watch/nanodnsd-wg.service"}) {
        EXPECT_TRUE(std::filesystem::is_regular_file(prefix / path)) << path;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator{prefix / "share/doc/nanodnsd"}) {
        if (entry.path().extension() == ".md") {
            EXPECT_THAT(rules::broken_links(entry.path()), testing::IsEmpty()) << entry.path();
        }
    }
    for (const std::string program :
         {"clients/acme-dns-hook", "tls/deploy-hook", "watch/nft-set", "watch/wg-endpoint"}) {
        EXPECT_EQ(
            rules::run("test -x '" + (prefix / "share/doc/nanodnsd/contrib" / program).string() + "'").status,
            0)
            << program;
    }
    EXPECT_THAT(rules::read(prefix / "lib/systemd/system/nanodnsd.service"),
                testing::HasSubstr("ExecStart=/opt/nanodnsd/bin/nanodnsd "));
    const rules::Run version = rules::run("'" + (prefix / "bin/nanodnsd").string() + "' -V");
    EXPECT_EQ(version.status, 0) << version.output;
}

} // namespace
