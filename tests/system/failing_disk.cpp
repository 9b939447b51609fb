// The real daemon on a failing disk. A second seccomp filter asks this test about every pwrite64(2) and
// fdatasync(2) of the keeper: SECCOMP_RET_USER_NOTIF takes precedence over the keeper's SECCOMP_RET_ALLOW.
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <seccomp.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "privsep/unique_fd.h"
#include "tests/support/daemon.h"

namespace
{

using support::Daemon;
using testing::HasSubstr;

enum class Call : std::uint8_t { none, write, sync, short_write };

/// How the disk fails, from the next call on.
struct Fault {
    Call call = Call::none;
    int error = 0;
};

/// Answers the calls in place of the kernel during its lifetime.
class Disk
{
public:
    Disk()
    {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
            throw std::runtime_error{"socketpair"};
        }
        ours_ = privsep::UniqueFd{ends[0]};
        theirs_ = privsep::UniqueFd{ends[1]};
    }
    ~Disk()
    {
        ::eventfd_write(stop_.get(), 1);
        if (thread_.joinable()) {
            thread_.join();
        }
    }
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    /// In the new process, before exec: installs the filter and sends its descriptor to the test.
    void filter() const
    {
        const scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ALLOW);
        ::seccomp_rule_add(filter, SCMP_ACT_NOTIFY, SCMP_SYS(pwrite64), 0);
        ::seccomp_rule_add(filter, SCMP_ACT_NOTIFY, SCMP_SYS(fdatasync), 0);
        ::seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
        if (::seccomp_load(filter) != 0) {
            std::abort();
        }
        send_descriptor(::seccomp_notify_fd(filter));
    }
    /// After the daemon was started.
    void serve()
    {
        listener_ = receive_descriptor();
        thread_ = std::thread{[this] { run(); }};
    }

    void does(Fault fault) { fault_ = fault; }
    unsigned calls() const { return calls_; }

private:
    /// A message of one byte with room for a descriptor.
    class Parcel
    {
    public:
        Parcel()
        {
            message.msg_iov = &data_;
            message.msg_iovlen = 1;
            message.msg_control = control_.data();
            message.msg_controllen = control_.size();
        }
        Parcel(const Parcel&) = delete;
        Parcel& operator=(const Parcel&) = delete;
        ~Parcel() = default;

        msghdr message{};

    private:
        char byte_ = 0;
        iovec data_{&byte_, 1};
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control_{};
    };

    void send_descriptor(int fd) const
    {
        Parcel parcel;
        cmsghdr* head = CMSG_FIRSTHDR(&parcel.message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof fd);
        std::memcpy(CMSG_DATA(head), &fd, sizeof fd);
        if (::sendmsg(theirs_.get(), &parcel.message, 0) != 1) {
            std::abort();
        }
        ::close(fd);
    }
    privsep::UniqueFd receive_descriptor() const
    {
        Parcel parcel;
        if (::recvmsg(ours_.get(), &parcel.message, MSG_CMSG_CLOEXEC) != 1) {
            throw std::runtime_error{"no filter"};
        }
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&parcel.message)), sizeof fd);
        return privsep::UniqueFd{fd};
    }

    void run()
    {
        seccomp_notif* request = nullptr;
        seccomp_notif_resp* answer = nullptr;
        ::seccomp_notify_alloc(&request, &answer);
        while (true) {
            std::array<pollfd, 2> fds{{{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
            ::poll(fds.data(), fds.size(), -1);
            if (fds[1].revents != 0 || (fds[0].revents & POLLIN) == 0) {
                break; // or no process has the filter any more
            }
            *request = {};
            if (::seccomp_notify_receive(listener_.get(), request) != 0) {
                continue; // the calling process is dead
            }
            *answer = {};
            answer->id = request->id;
            decide(*request, *answer);
            ::seccomp_notify_respond(listener_.get(), answer);
        }
        ::seccomp_notify_free(request, answer);
    }

    void decide(const seccomp_notif& request, seccomp_notif_resp& answer)
    {
        ++calls_;
        const Fault fault = fault_;
        const bool is_write = request.data.nr == SCMP_SYS(pwrite64);
        if (fault.call == (is_write ? Call::write : Call::sync)) {
            answer.error = -fault.error;
        } else if (fault.call == Call::short_write && is_write && request.data.args[2] > 1) {
            answer.val = write_half(request);
        } else {
            answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        }
    }

    /// As a kernel that has room for half of the data.
    static std::int64_t write_half(const seccomp_notif& request)
    {
        const std::string process = "/proc/" + std::to_string(request.pid);
        std::vector<char> bytes(request.data.args[2] / 2);
        const privsep::UniqueFd memory{::open((process + "/mem").c_str(), O_RDONLY | O_CLOEXEC)};
        const privsep::UniqueFd file{
            ::open((process + "/fd/" + std::to_string(request.data.args[0])).c_str(), O_WRONLY | O_CLOEXEC)};
        const ssize_t read =
            ::pread(memory.get(), bytes.data(), bytes.size(), static_cast<off_t>(request.data.args[1]));
        return read <= 0 ? 0
                         : ::pwrite(file.get(), bytes.data(), static_cast<std::size_t>(read),
                                    static_cast<off_t>(request.data.args[3]));
    }

    privsep::UniqueFd ours_;
    privsep::UniqueFd theirs_;
    privsep::UniqueFd listener_;
    privsep::UniqueFd stop_{::eventfd(0, EFD_CLOEXEC)};
    std::atomic<Fault> fault_{};
    std::atomic<unsigned> calls_ = 0;
    std::thread thread_;
};

class FailingDisk : public testing::Test
{
protected:
    FailingDisk()
    {
        support::DaemonStart start;
        start.before_exec = [this] { disk_.filter(); };
        start.wait_until_it_serves = false;
        daemon_.emplace(start);
        disk_.serve();
        EXPECT_TRUE(daemon_->logs("nanodnsd: serving "));
        daemon_->read_ports();
    }

    std::string update(const std::string& address)
    {
        return daemon_->update("hostname=home.dyn.example.org&token=secret&ipv4=" + address);
    }
    std::string address() const { return daemon_->dig("home.dyn.example.org", "A"); }
    std::string soa() const { return daemon_->dig("dyn.example.org", "SOA"); }
    std::size_t times_logged(const std::string& text)
    {
        const std::string& output = daemon_->process().output();
        std::size_t count = 0;
        for (std::size_t at = output.find(text); at != std::string::npos; at = output.find(text, at + 1)) {
            ++count;
        }
        return count;
    }

    /// Nothing changes while the disk fails, it is logged once, and updates work again when it does not.
    void fail_and_heal(Fault fault)
    {
        ASSERT_EQ(update("192.0.2.1"), "200 ok updated");
        const std::string before = soa();
        disk_.does(fault);
        for (int i = 0; i < 10; ++i) {
            EXPECT_EQ(update("192.0.2.2"), "503 911");
        }
        EXPECT_EQ(address(), "192.0.2.1");
        EXPECT_EQ(soa(), before);
        EXPECT_EQ(times_logged(std::strerror(fault.error)), 1U) << daemon_->process().output();
        disk_.does({});
        EXPECT_EQ(update("192.0.2.3"), "200 ok updated");
        EXPECT_EQ(address(), "192.0.2.3");
        EXPECT_NE(soa(), before);
        EXPECT_EQ(times_logged("the state can be stored again"), 1U);
        expect_kept("192.0.2.3");
    }
    /// The next keeper reads what this one wrote.
    void expect_kept(const std::string& expected)
    {
        daemon_->replace("keeper", SIGKILL);
        EXPECT_EQ(update(expected), "200 ok unchanged");
        EXPECT_EQ(address(), expected);
    }

    Disk disk_;
    std::optional<Daemon> daemon_;
};

TEST_F(FailingDisk, GetsOneWriteAndOneSyncPerUpdate)
{
    const unsigned before = disk_.calls();
    ASSERT_EQ(update("192.0.2.1"), "200 ok updated");
    EXPECT_EQ(disk_.calls(), before + 2); // one write, one sync
}

TEST_F(FailingDisk, MayBeFull)
{
    fail_and_heal({Call::write, ENOSPC});
}

TEST_F(FailingDisk, MayFailToWrite)
{
    fail_and_heal({Call::write, EIO});
}

TEST_F(FailingDisk, MayBecomeReadOnly)
{
    fail_and_heal({Call::write, EROFS});
}

TEST_F(FailingDisk, MayFailToSync)
{
    fail_and_heal({Call::sync, EIO});
}

TEST_F(FailingDisk, MayExceedTheQuotaAtASync)
{
    fail_and_heal({Call::sync, EDQUOT});
}

TEST_F(FailingDisk, MayWriteAPart)
{
    disk_.does({Call::short_write, 0});
    const unsigned before = disk_.calls();
    for (int i = 1; i <= 5; ++i) {
        ASSERT_EQ(update("192.0.2." + std::to_string(i)), "200 ok updated");
    }
    EXPECT_GE(disk_.calls(), before + 5 * 3) << "no write was short";
    EXPECT_EQ(address(), "192.0.2.5");
    disk_.does({});
    expect_kept("192.0.2.5");
}

// The keeper dies between a failed sync and the next commit. The next one has a complete address that a
// client has proposed.
TEST_F(FailingDisk, MayFailWhileTheKeeperDies)
{
    ASSERT_EQ(update("192.0.2.1"), "200 ok updated");
    disk_.does({Call::sync, EIO});
    ASSERT_EQ(update("192.0.2.2"), "503 911");
    disk_.does({});
    daemon_->replace("keeper", SIGKILL);
    ASSERT_THAT(daemon_->update("hostname=office.dyn.example.org&token=other&ipv4=192.0.2.9"),
                "200 ok updated");
    EXPECT_THAT(address(), testing::AnyOf("192.0.2.1", "192.0.2.2"));
}

class SmallDisk
{
public:
    SmallDisk() { mount(0, "size=12k,mode=0755"); }
    ~SmallDisk() { ::umount2(path().c_str(), MNT_DETACH); }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    const std::string& path() const { return folder_.path(); }
    void grow() { mount(MS_REMOUNT, "size=1m,mode=0755"); }

private:
    void mount(unsigned long flags, const char* options)
    {
        if (::mount("nanodnsd-test", path().c_str(), "tmpfs", flags, options) != 0) {
            throw std::runtime_error{"cannot mount a tmpfs"};
        }
    }
    support::Folder folder_;
};

// A real file system that is full.
TEST(FullDisk, RefusesUpdatesAndLosesNothing)
{
    SmallDisk disk;
    const support::Folder folder;
    support::DaemonStart start;
    start.config = support::server_config() + "[control]\nsocket = " + (folder / "control") + "\n" +
                   support::sample_hosts();
    start.state_folder = disk.path();
    Daemon daemon{start};
    std::string last;
    std::string verdict = "200 ok updated";
    for (int i = 1; i < 1000 && verdict == "200 ok updated"; ++i) {
        const std::string next = "10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256);
        verdict = daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=" + next);
        last = verdict == "200 ok updated" ? next : last;
    }
    EXPECT_EQ(verdict, "503 911");
    EXPECT_FALSE(last.empty());
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), last);
    EXPECT_THAT(daemon.process().output(), HasSubstr("No space left on device"));
    const support::Result set = support::run(
        {support::installation() + "/bin/nanodnsctl", "-S", folder / "control", "set", "home", "192.0.2.1"});
    EXPECT_EQ(set.status, 1);
    EXPECT_EQ(set.output, "nanodnsctl: it could not be stored, so nothing changed: the log says why\n");
    daemon.replace("keeper", SIGKILL);
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), last);
    disk.grow();
    EXPECT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.1"), "200 ok updated");
    daemon.stop();
}

} // namespace
