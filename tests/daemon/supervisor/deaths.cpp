#include "daemon/supervisor/deaths.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

namespace
{

siginfo_t death(int code, int status)
{
    siginfo_t info{};
    info.si_code = code;
    info.si_status = status;
    return info;
}

constexpr const char* record =
    "5,872,2218685504,-;audit: type=1326 audit(1795374486.491:2): auid=4294967295 uid=0 gid=0 ses=4294967295 "
    "pid=5458 comm=\"sc\" exe=\"/tmp/sc\" sig=31 arch=c000003e syscall=41 compat=0 ip=0x7fcc7bef8dc7 "
    "code=0x80000000\n";

TEST(Deaths, AreReportedWithTheStatusOrTheSignal)
{
    EXPECT_EQ(supervisor::describe_death(death(CLD_EXITED, 3)), "exited with status 3");
    EXPECT_EQ(supervisor::describe_death(death(CLD_KILLED, SIGKILL)), "was killed by signal 9 (Killed)");
    EXPECT_TRUE(supervisor::was_refused_a_call(death(CLD_DUMPED, SIGSYS)));
    EXPECT_FALSE(supervisor::was_refused_a_call(death(CLD_EXITED, SIGSYS)));
}

TEST(Deaths, NameTheRefusedCallFromTheKernelsLog)
{
    EXPECT_EQ(supervisor::refused_call(record, 5458), "socket");
}

TEST(Deaths, IgnoreTheRecordOfAnotherProcess)
{
    EXPECT_FALSE(supervisor::refused_call(record, 545));
    EXPECT_FALSE(supervisor::refused_call(record, 54580));
    EXPECT_FALSE(supervisor::refused_call("6,1,1,-;pid=5458 syscall=41", 5458));
}

// On ARM the record has no call if the process dies while a debugger holds it at one.
TEST(Deaths, NameNoCallIfTheRecordHasNone)
{
    EXPECT_FALSE(supervisor::refused_call("5,1,1,-;audit: type=1326 audit(1.1:2): auid=1 pid=77 comm=\"x\" "
                                          "exe=\"/x\" sig=31 arch=c00000b7 syscall=-1 compat=0",
                                          77));
}

// A process can choose its name.
TEST(Deaths, DoNotTrustTheNameOfAProcess)
{
    const char* forged = "5,1,1,-;audit: type=1326 audit(1.1:2): auid=1 uid=0 gid=0 ses=1 pid=77 "
                         "comm=\"x pid=5458 sig=31 syscall=1\" exe=\"/x\" sig=31 arch=c000003e syscall=41 x";
    EXPECT_FALSE(supervisor::refused_call(forged, 5458));
    EXPECT_EQ(supervisor::refused_call(forged, 77), "socket");
}

} // namespace
