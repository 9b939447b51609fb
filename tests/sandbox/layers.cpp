// The sandbox layers other than the filter. Each is tried from within a process that is locked down but has
// no filter yet, which would hide the others.
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "privsep/child.h"
#include "privsep/privileges.h"

namespace
{

using privsep::SandboxLayer;

constexpr unsigned most_descriptors = 20;

bool is_active(std::uint32_t layers, SandboxLayer layer)
{
    return (layers & static_cast<std::uint32_t>(layer)) != 0;
}

/// Whether `holds` is true in a process that has locked itself down as every child does.
bool holds_behind_the_layers(const std::function<bool(std::uint32_t)>& holds)
{
    const pid_t pid = ::fork();
    if (pid == 0) {
        privsep::Inherited inherited;
        inherited.root = privsep::make_empty_root("/tmp");
        const std::uint32_t layers = privsep::lock_down("layers", inherited);
        privsep::limit_descriptors(most_descriptors);
        ::_exit(holds(layers) ? 0 : 1);
    }
    int status = -1;
    return ::waitpid(pid, &status, 0) == pid && status == 0;
}

bool is_limited(__rlimit_resource resource, rlim_t value)
{
    rlimit now{};
    return ::getrlimit(resource, &now) == 0 && now.rlim_cur == value && now.rlim_max == value;
}

TEST(SandboxLayers, LeaveNoFileToOpen)
{
    const int elsewhere = ::open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC); // a way around the empty root
    EXPECT_TRUE(holds_behind_the_layers([&](std::uint32_t layers) {
        const bool has_no_path = ::open("/etc/passwd", O_RDONLY) < 0 && errno == ENOENT;
        const bool is_denied = ::openat(elsewhere, ".", O_RDONLY | O_DIRECTORY) < 0 && errno == EACCES;
        return is_active(layers, SandboxLayer::empty_root) && has_no_path &&
               (is_denied || !is_active(layers, SandboxLayer::landlock));
    }));
    ::close(elsewhere);
}

// Landlock ABI 6: a process cannot signal processes outside
TEST(SandboxLayers, LeaveNoProcessToSignal)
{
    const pid_t other = ::getpid();
    EXPECT_TRUE(holds_behind_the_layers([other](std::uint32_t layers) {
        return !is_active(layers, SandboxLayer::landlock) || (::kill(other, 0) < 0 && errno == EPERM);
    }));
}

TEST(SandboxLayers, KeepMemoryFromBecomingExecutable)
{
    EXPECT_TRUE(holds_behind_the_layers([](std::uint32_t layers) {
        constexpr std::size_t page = 4096;
        constexpr int get_mdwe = 66; // PR_GET_MDWE, Linux 6.3
        void* memory = ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        const bool is_refused = ::mprotect(memory, page, PROT_READ | PROT_EXEC) < 0 && errno == EACCES;
        const bool is_on = ::prctl(get_mdwe, 0, 0, 0, 0) == 1;
        return !is_active(layers, SandboxLayer::no_executable_memory) || (is_refused && is_on);
    }));
}

TEST(SandboxLayers, AllowNoCoreNoNewProcessAndFewDescriptors)
{
    EXPECT_TRUE(holds_behind_the_layers([](std::uint32_t /*layers*/) {
        return is_limited(RLIMIT_CORE, 0) && is_limited(RLIMIT_NPROC, 0) &&
               is_limited(RLIMIT_NOFILE, most_descriptors) && ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
    }));
}

TEST(SandboxLayers, LeaveNoPrivilege)
{
    EXPECT_TRUE(holds_behind_the_layers([](std::uint32_t layers) {
        return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && ::chroot(".") < 0 &&
               is_active(layers, SandboxLayer::no_capabilities) &&
               is_active(layers, SandboxLayer::not_root) == (::getuid() != 0);
    }));
}

} // namespace
