// What tests/platforms keeps for the next run is made again if it is not of this tree; and what would only
// fail on another platform.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "tests/rules/source_tree.h"

namespace
{

// Each file of the top and a file in each folder is added to a tree that is empty at first.
TEST(Platforms, BuildAgainIfAnyFileOfTheTreeHasChanged)
{
    std::string names;
    for (const auto& entry : std::filesystem::directory_iterator{rules::source_dir}) {
        const std::string name = entry.path().filename().string();
        if (name != ".git" && name != "build") {
            names += " '" + name + (entry.is_directory() ? "/file'" : "'");
        }
    }
    const rules::Run ran = rules::run(
        "tree=$(mktemp -d) && trap 'rm -rf \"$tree\"' EXIT && here=$tree/tests/platforms && "
        "mkdir -p \"$here\" && eval \"$(sed -n '/^sources() /,/^}$/p' '" +
        (rules::source_dir / "tests/platforms/run").string() + "')\" && cd \"$tree\" && for name in" + names +
        "; do mkdir -p \"$(dirname $name)\"; before=$(sources); echo >$name; "
        "[ \"$(sources)\" != \"$before\" ] || echo \"not $name\"; done");
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.output, "");
}

// On i386, libc calls socketcall(2), at which the filters kill.
TEST(Platforms, HaveADirectCallForEachSocketCallOfAFilter)
{
    const std::string direct = rules::read(rules::source_dir / "privsep/direct_calls.cpp");
    const std::regex socket_call{R"(SCMP_SYS\((socketpair|socket|bind|connect|listen|accept4?|shutdown|)"
                                 R"([gs]etsockopt|get(?:sock|peer)name|sendto|sendmsg|recvfrom|recvmsg)\))"};
    std::set<std::string> calls;
    std::set<std::string> missing;
    for (const std::string& path : rules::files_in({"daemon"}, {"syscalls.h"})) {
        for (const std::string& call : rules::matches(rules::read(rules::source_dir / path), socket_call)) {
            calls.insert(call);
            if (direct.find("SYS_" + call + ",") == std::string::npos) {
                missing.insert(call);
            }
        }
    }
    EXPECT_GE(calls.size(), 8U);
    EXPECT_THAT(missing, testing::IsEmpty());
}

} // namespace
