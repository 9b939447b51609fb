// A log that nothing reads.
#include <csignal>
#include <gtest/gtest.h>

#include "tests/support/daemon.h"

namespace
{

using support::Daemon;

/// A query for a name of more than 200 bytes, so that its log line is long.
std::string long_query(std::uint8_t id)
{
    using namespace std::string_literals;
    const std::string label = '\x3F' + std::string(63, 'x');
    return std::string{static_cast<char>(id)} + "\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00"s + label +
           label + label +
           "\x03"s
           "dyn\x07"
           "example\x03org\x00\x00\x01\x00\x01"s;
}

// As under a service manager whose journal hangs: stderr is a pipe that is not read.
TEST(Log, ThatIsNotReadBlocksNoProcess)
{
    support::DaemonStart start;
    start.config = support::server_config("rate_limit = 0\n") + support::sample_hosts();
    Daemon daemon{start};
    const auto fd = support::connect_udp(daemon.udp());
    for (unsigned i = 0; i < 1000; ++i) { // lines of 250 bytes; a pipe has room for 65536 bytes
        support::send_all(fd.get(), long_query(static_cast<std::uint8_t>(i)));
        ASSERT_TRUE(support::receive(fd.get())) << "after " << i << " queries";
    }
    EXPECT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.1"), "200 ok updated");
    daemon.process().output();        // now it is read
    daemon.process().signal(SIGUSR1); // makes the responder log
    EXPECT_TRUE(daemon.process().wait_for("log lines were lost: the reader")) << daemon.process().output();
}

} // namespace
