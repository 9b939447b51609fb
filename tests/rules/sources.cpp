// Measures of style that clang-tidy does not check, and the layout.
#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rules/source_tree.h"

namespace
{

using rules::Strings;

Strings sources()
{
    return rules::files_in({"proto", "privsep", "daemon", "ctl", "tests"}, {".h", ".cpp"});
}

TEST(Sources, HaveAtMost400LinesOf110Columns)
{
    for (const std::string& path : sources()) {
        const Strings lines = rules::lines_of(rules::read(rules::source_dir / path));
        EXPECT_LE(lines.size(), 400U) << path;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            EXPECT_LE(lines[i].size(), 110U) << path << ":" << i + 1;
        }
    }
}

TEST(Sources, DefineNoMacros)
{
    static const std::regex macro{R"(^\s*#\s*define\s+(\w+))"};
    for (const std::string& path : sources()) {
        EXPECT_THAT(rules::matches(rules::read(rules::source_dir / path), macro), testing::IsEmpty()) << path;
    }
}

TEST(Sources, HaveHeadersWithAPurposeAndAGuard)
{
    for (const std::string& path : rules::files_in({"proto", "privsep", "daemon", "ctl", "tests"}, {".h"})) {
        const std::string text = rules::read(rules::source_dir / path);
        EXPECT_TRUE(text.starts_with("// ")) << path;
        EXPECT_NE(text.find("\n#pragma once\n"), std::string::npos) << path;
    }
}

TEST(Sources, HaveACharterOnTopOfEachMain)
{
    for (const std::string process :
         {"start", "responder", "updater", "keeper", "reader", "console", "init"}) {
        const std::string text = rules::read(rules::source_dir / "daemon" / process / "main.cpp");
        for (const std::string line :
             {"\n// Faces: ", "\n// Holds: ", "\n// Talks to: ", "\n// May call: "}) {
            EXPECT_NE(text.find(line), std::string::npos) << process << " lacks" << line;
        }
        if (process == "init") {
            continue; // its charter says why it has no filter
        }
        const std::string filter = process == "start" ? "supervisor" : process;
        EXPECT_TRUE(std::filesystem::exists(rules::source_dir / "daemon" / filter / "syscalls.h")) << filter;
    }
}

// Only the table knows the roles, so a new process needs no other change of the supervisor.
TEST(Supervisor, NamesNoRoleOutsideItsTable)
{
    static const std::regex role{R"((Role::(?:console|keeper|keyholder|responder|updater)))"};
    for (const std::string& path : rules::files_in({"daemon/supervisor"}, {".h", ".cpp"})) {
        const std::string text = rules::read(rules::source_dir / path);
        if (!path.ends_with("/roles.h")) {
            EXPECT_THAT(rules::matches(text, role), testing::IsEmpty()) << path;
        }
    }
}

// 250 of them for HTTPS: two rows of the table, copies of two files, and a reload that waits for their check.
// 190 for the console: a row of the table, the state of the processes, restarts, outcomes of reloads.
TEST(Supervisor, HasAtMost3250LinesAnd300InAFile)
{
    std::size_t lines = 0;
    for (const std::string& path : rules::files_in({"daemon/supervisor"}, {".h", ".cpp"})) {
        const std::size_t of_file = rules::lines_of(rules::read(rules::source_dir / path)).size();
        EXPECT_LE(of_file, 300U) << path;
        lines += of_file;
    }
    EXPECT_LE(lines, 3250U);
}

// A skipped test proves nothing, and notes about later work are forgotten.
TEST(Sources, HaveNoSkippedTestsAndNoNotesAboutLaterWork)
{
    // in pieces, so that this file keeps the rule itself
    const std::string marks = std::string{"GTEST_"} + "SKIP|DISABLED" + "_|TO" + "DO|FIX" + "ME|XX" + "X\\b";
    const std::regex pattern{"\\b(" + marks + ")"};
    for (const std::string& path : sources()) {
        EXPECT_THAT(rules::matches(rules::read(rules::source_dir / path), pattern), testing::IsEmpty())
            << path;
    }
}

// A process may exit while it is read, which only tests/support/proc.py handles. Links to a namespace or an
// executable are only read of a process that the test itself keeps alive.
TEST(PythonSources, ReadOtherProcessesOnlyByTheirHelper)
{
    static const std::regex path{R"re((/proc/\{[^}]*\}(?!/ns/|/exe).*))re"};
    for (const std::string& file : rules::files_in({"tests", "contrib"}, {".py"})) {
        if (file != "tests/support/proc.py") {
            EXPECT_THAT(rules::matches(rules::read(rules::source_dir / file), path), testing::IsEmpty())
                << file;
        }
    }
}

// Files that .gitignore names may exist as well, and a developer's own files whose names start with a dot.
TEST(Layout, HasTheseFilesAndFoldersOnTopAndNoOthers)
{
    const Strings expected = {
        "ARCHITECTURE.md", "CHANGELOG.md", "CMakeLists.txt", "CMakePresets.json",
        "GUIDE.md",        "LICENSE",      "README.md",      "SECURITY.md",
        "contrib",         "ctl",          "daemon",         "etc",
        "privsep",         "proto",        "tests",
    };
    const Strings may_be = {"build", "CMakeUserPresets.json", "compile_commands.json"};
    Strings found;
    for (const auto& entry : std::filesystem::directory_iterator{rules::source_dir}) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with('.') && std::find(may_be.begin(), may_be.end(), name) == may_be.end()) {
            found.push_back(name);
        }
    }
    EXPECT_THAT(found, testing::UnorderedElementsAreArray(expected));
    for (const std::string hidden : {".clang-format", ".clang-tidy", ".gitignore", ".ci/run"}) {
        EXPECT_TRUE(std::filesystem::exists(rules::source_dir / hidden)) << hidden;
    }
}

TEST(Layout, HasAnIgnoreRuleForEachFileThatABuildLeaves)
{
    const std::string ignored = rules::read(rules::source_dir / ".gitignore");
    EXPECT_NE(ignored.find("/build/\n"), std::string::npos);
}

} // namespace
