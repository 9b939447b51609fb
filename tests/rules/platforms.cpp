// What tests/platforms keeps for the next run is made again if it is not of this tree.
#include <gtest/gtest.h>

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

} // namespace
