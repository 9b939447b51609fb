// The direction of includes: proto <- privsep <- daemon/zone, daemon/common <- daemon/<process>; proto <-
// ctl.
#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rules/source_tree.h"

namespace
{

using rules::Strings;

struct Rule {
    std::string folder;
    Strings may_include; ///< prefixes of paths
};

const std::vector<Rule> direction = {
    {"proto/base/", {"proto/base/"}},
    {"proto/dns/", {"proto/base/", "proto/dns/"}},
    {"proto/ipc/", {"proto/base/", "proto/dns/", "proto/ipc/"}},
    {"proto/config/", {"proto/base/", "proto/dns/", "proto/config/"}},
    {"proto/journal/", {"proto/base/", "proto/dns/", "proto/journal/"}},
    {"proto/http/", {"proto/base/", "proto/dns/", "proto/ipc/", "proto/http/"}},
    {"privsep/", {"proto/base/", "proto/ipc/", "privsep/"}},
    {"daemon/zone/", {"proto/", "privsep/", "daemon/zone/"}},
    {"daemon/common/", {"proto/", "privsep/", "daemon/common/"}},
    // its table of roles has the filters of all children
    {"daemon/supervisor/",
     {"proto/", "privsep/", "daemon/common/", "daemon/supervisor/", "daemon/keeper/syscalls.h",
      "daemon/updater/syscalls.h", "daemon/responder/syscalls.h", "daemon/reader/syscalls.h",
      "daemon/keyholder/syscalls.h", "daemon/console/syscalls.h"}},
    // what the supervisor does before it enters its filter
    {"daemon/start/", {"proto/", "privsep/", "daemon/common/", "daemon/supervisor/", "daemon/start/"}},
    {"daemon/responder/", {"proto/", "privsep/", "daemon/common/", "daemon/zone/", "daemon/responder/"}},
    {"daemon/updater/", {"proto/", "privsep/", "daemon/common/", "daemon/updater/"}},
    {"daemon/keeper/", {"proto/", "privsep/", "daemon/common/", "daemon/keeper/"}},
    {"daemon/reader/", {"proto/", "privsep/", "daemon/common/", "daemon/reader/"}},
    {"daemon/keyholder/", {"proto/", "privsep/", "daemon/common/", "daemon/keyholder/"}},
    {"daemon/init/", {"proto/", "privsep/", "daemon/common/", "daemon/init/"}},
    // no part of the daemon: they know only what is said over the control socket; doctor reads the config,
    // too
    {"ctl/doctor/", {"proto/base/", "proto/dns/", "proto/ipc/", "proto/config/", "ctl/"}},
    {"ctl/",
     {"proto/base/", "proto/dns/", "proto/ipc/", "proto/config/suggest.h", "proto/config/values.h", "ctl/"}},
    {"daemon/console/", {"proto/", "privsep/", "daemon/common/", "daemon/console/"}},
    // the updater's sources with TLS
    {"daemon/updater_tls/",
     {"proto/", "privsep/", "daemon/common/", "daemon/updater/", "daemon/updater_tls/"}},
};

struct Edge {
    std::string header;
    Strings ends; ///< prefixes of the paths that may include it
};

const std::vector<Edge> edges = {
    {"proto/ipc/admin.h", {"daemon/console/", "ctl/"}},
    {"proto/ipc/admin_rows.h", {"proto/ipc/admin.h"}},
    {"proto/ipc/update.h", {"proto/http/", "daemon/updater/", "daemon/keeper/"}},
    {"proto/ipc/change_line.h", {"proto/ipc/", "daemon/keeper/", "ctl/"}},
    {"proto/ipc/refusal_line.h", {"proto/ipc/", "daemon/keeper/", "ctl/"}},
    {"proto/ipc/console.h", {"daemon/console/", "daemon/keeper/"}},
    {"proto/ipc/supervision.h", {"daemon/console/", "daemon/supervisor/"}},
    {"proto/ipc/handshake.h", {"daemon/updater_tls/", "daemon/keyholder/"}},
    {"proto/ipc/zone_feed.h", {"daemon/keeper/", "daemon/responder/"}},
    {"proto/ipc/config.h", {"daemon/supervisor/", "daemon/start/", "daemon/reader/"}},
    {"proto/config/config.h", {"proto/config/", "daemon/reader/", "daemon/init/", "ctl/doctor/"}},
};

bool begins_with_one_of(const std::string& path, const Strings& beginnings)
{
    return std::any_of(beginnings.begin(), beginnings.end(),
                       [&](const std::string& beginning) { return path.starts_with(beginning); });
}

Strings quoted_includes(const std::string& path)
{
    static const std::regex pattern{R"re(^\s*#\s*include\s*"([^"]+)")re"};
    return rules::matches(rules::read(rules::source_dir / path), pattern);
}

Strings sources()
{
    return rules::files_in({"proto", "privsep", "daemon", "ctl"}, {".h", ".cpp"});
}

TEST(Includes, GoOneWay)
{
    for (const std::string& path : sources()) {
        const auto rule = std::find_if(direction.begin(), direction.end(),
                                       [&](const Rule& one) { return path.starts_with(one.folder); });
        ASSERT_NE(rule, direction.end()) << path << ": its folder has no rule";
        for (const std::string& included : quoted_includes(path)) {
            EXPECT_TRUE(begins_with_one_of(included, rule->may_include))
                << path << " must not include " << included;
        }
    }
}

TEST(Includes, UsePathsFromTheTop)
{
    for (const std::string& path :
         rules::files_in({"proto", "privsep", "daemon", "ctl", "tests"}, {".h", ".cpp"})) {
        for (const std::string& included : quoted_includes(path)) {
            const auto generated = rules::build_dir / "privsep/generated"; // by privsep/CMakeLists.txt
            EXPECT_TRUE(std::filesystem::exists(rules::source_dir / included) ||
                        std::filesystem::exists(generated / included))
                << path << " includes " << included;
        }
    }
}

bool includes(const std::string& path, const std::string& header)
{
    const std::string text = rules::read(rules::source_dir / path);
    if (text.find("#include <" + header + ">") != std::string::npos) {
        return true;
    }
    const Strings more = quoted_includes(path);
    return std::any_of(more.begin(), more.end(), [&](const std::string& included) {
        return included.starts_with("tests/") && includes(included, header);
    });
}

// The headers are precompiled for all tests (contrib/cmake/tests.cmake), so the compiler does not report a
// missing include.
TEST(Includes, OfGoogleTestAreInEachFileThatUsesIt)
{
    static const std::regex uses{R"(\b(TEST(?:_[FP])?|(?:EXPECT|ASSERT)_[A-Z_]+)\()"};
    for (const std::string& path : rules::files_in({"tests"}, {".h", ".cpp"})) {
        const Strings used = rules::matches(rules::read(rules::source_dir / path), uses);
        const bool has_matchers = std::any_of(used.begin(), used.end(),
                                              [](const std::string& one) { return one.ends_with("_THAT"); });
        EXPECT_TRUE(used.empty() || includes(path, "gtest/gtest.h") || includes(path, "gmock/gmock.h"))
            << path;
        EXPECT_TRUE(!has_matchers || includes(path, "gmock/gmock.h"))
            << path << ": EXPECT_THAT needs GoogleMock";
    }
}

// Each edge is one header, which only its two ends include.
TEST(Includes, OfAnEdgeAreOnlyInItsTwoEnds)
{
    for (const std::string& path : sources()) {
        const Strings included = quoted_includes(path);
        for (const Edge& edge : edges) {
            const bool knows = std::find(included.begin(), included.end(), edge.header) != included.end();
            EXPECT_TRUE(!knows || begins_with_one_of(path, edge.ends)) << path << " includes " << edge.header;
        }
    }
}

// proto/ uses only the standard library: no I/O, clock, log or globals.
TEST(Includes, OfProtoAreOnlyOfTheStandardLibrary)
{
    const Strings pure = {
        "algorithm",   "array",   "bit",      "bitset", "chrono",      "compare",          "concepts",
        "cstddef",     "cstdint", "cstring",  "limits", "memory",      "numeric",          "optional",
        "span",        "string",  "iterator", "tuple",  "string_view", "unordered_map",    "type_traits",
        "utility",     "variant", "vector",   "map",    "functional",  "initializer_list",
        "arpa/inet.h", // inet_pton(3) and inet_ntop(3), which are pure functions
    };
    static const std::regex pattern{R"(^\s*#\s*include\s*<([^>]+)>)"};
    for (const std::string& path : rules::files_in({"proto"}, {".h", ".cpp"})) {
        const std::string text = rules::read(rules::source_dir / path);
        for (const std::string& included : rules::matches(text, pattern)) {
            EXPECT_NE(std::find(pure.begin(), pure.end(), included), pure.end())
                << path << " includes <" << included << ">";
        }
        EXPECT_EQ(text.find("_clock::now"), std::string::npos) << path << " reads a clock";
    }
}

} // namespace
