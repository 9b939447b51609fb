// Each parser in proto/ has a fuzzer, with a property and a corpus.
#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <set>

#include "tests/rules/source_tree.h"

namespace
{

using rules::Strings;

/// Headers of proto/ that parse no input.
const std::set<std::string> no_parsers = {
    "proto/base/secret.h",    "proto/base/siphash.h",    "proto/base/time.h",      "proto/config/errors.h",
    "proto/config/options.h", "proto/config/suggest.h",  "proto/config/summary.h", "proto/dns/text.h",
    "proto/dns/reply.h",      "proto/dns/types.h",       "proto/http/reply.h",     "proto/journal/crc32c.h",
    "proto/ipc/limits.h",     "proto/ipc/exit_status.h",
};

/// Parts of a parser, with the header through which a fuzzer reaches them.
const std::map<std::string, std::string> parts = {
    {"proto/base/address.h", "proto/http/dialect.h"},
    {"proto/base/address_kinds.h", "proto/http/dialect.h"},
    {"proto/base/base64.h", "proto/config/config.h"},
    {"proto/base/bytes.h", "proto/dns/query.h"},
    {"proto/base/network.h", "proto/config/config.h"},
    {"proto/base/text.h", "proto/config/config.h"},
    {"proto/base/token_hash.h", "proto/config/config.h"},
    {"proto/config/comments.h", "proto/config/config.h"},
    {"proto/config/host_table.h", "proto/config/config.h"},
    {"proto/config/host_warnings.h", "proto/config/config.h"},
    {"proto/config/ini.h", "proto/config/config.h"},
    {"proto/config/names.h", "proto/config/config.h"},
    {"proto/config/record_data.h", "proto/config/config.h"},
    {"proto/config/groups.h", "proto/config/config.h"},
    {"proto/config/host_refs.h", "proto/config/config.h"},
    {"proto/config/section_checks.h", "proto/config/config.h"},
    {"proto/config/suffix.h", "proto/config/config.h"},
    {"proto/config/value_context.h", "proto/config/config.h"},
    {"proto/config/value_lists.h", "proto/config/config.h"},
    {"proto/config/value_warnings.h", "proto/config/config.h"},
    {"proto/config/values.h", "proto/config/config.h"},
    {"proto/config/warnings.h", "proto/config/config.h"},
    {"proto/config/cname_chains.h", "proto/config/config.h"},
    {"proto/config/zone_checks.h", "proto/config/config.h"},
    {"proto/config/zone_index.h", "proto/config/config.h"},
    {"proto/dns/edns.h", "proto/dns/query.h"},
    {"proto/dns/header.h", "proto/dns/query.h"},
    {"proto/dns/compact_name.h", "proto/config/config.h"},
    {"proto/dns/question.h", "proto/dns/query.h"},
    {"proto/http/client.h", "proto/http/dialect.h"},
    {"proto/http/dialects/rows.h", "proto/http/dialect.h"},
    {"proto/http/family.h", "proto/http/dialect.h"},
    {"proto/http/list.h", "proto/http/dialect.h"},
    {"proto/http/page/template.h", "proto/http/page/page.h"},
    {"proto/http/sentences.h", "proto/http/dialect.h"},
    {"proto/http/form.h", "proto/http/dialect.h"},
    {"proto/ipc/admin_rows.h", "proto/ipc/admin.h"},
    {"proto/ipc/challenge_account.h", "proto/ipc/update.h"},
    {"proto/ipc/codec.h", "proto/ipc/update.h"},
    {"proto/ipc/record.h", "proto/ipc/console.h"},
    {"proto/ipc/dialect.h", "proto/ipc/console.h"},
    {"proto/ipc/origin.h", "proto/ipc/console.h"},
    {"proto/ipc/console_setup.h", "proto/ipc/setup.h"},
    {"proto/ipc/keyholder_setup.h", "proto/ipc/setup.h"},
    {"proto/ipc/service.h", "proto/ipc/config.h"},
    {"proto/ipc/setup_records.h", "proto/ipc/setup.h"},
    {"proto/ipc/verbosity.h", "proto/ipc/control.h"},
    {"proto/journal/commit.h", "proto/journal/recovery.h"},
    {"proto/journal/format.h", "proto/journal/recovery.h"},
};

Strings fuzzers()
{
    Strings paths = rules::files_in({"tests/fuzz"}, {".cpp"});
    std::erase(paths, "tests/fuzz/replay.cpp");
    return paths;
}

std::set<std::string> headers_with_a_fuzzer()
{
    static const std::regex include{R"re(^#include "(proto/[^"]+)")re"};
    std::set<std::string> headers;
    for (const std::string& path : fuzzers()) {
        const Strings included = rules::matches(rules::read(rules::source_dir / path), include);
        headers.insert(included.begin(), included.end());
    }
    return headers;
}

TEST(Fuzzers, ExistForEachParser)
{
    const std::set<std::string> fuzzed = headers_with_a_fuzzer();
    for (const std::string& header : rules::files_in({"proto"}, {".h"})) {
        const auto part = parts.find(header);
        const std::string reached = part == parts.end() ? header : part->second;
        EXPECT_TRUE(no_parsers.contains(header) || fuzzed.contains(reached)) << header << " has no fuzzer";
    }
}

TEST(Fuzzers, HaveAPropertyAndACorpus)
{
    for (const std::string& path : fuzzers()) {
        EXPECT_TRUE(rules::read(rules::source_dir / path).starts_with("// Propert")) << path;
        const auto corpus =
            rules::source_dir / "tests/fuzz/corpus" / std::filesystem::path{path}.stem().string();
        ASSERT_TRUE(std::filesystem::is_directory(corpus)) << corpus;
        EXPECT_FALSE(std::filesystem::is_empty(corpus)) << corpus;
    }
}

TEST(Fuzzers, HaveNoCorpusWithoutAFuzzer)
{
    for (const auto& entry : std::filesystem::directory_iterator{rules::source_dir / "tests/fuzz/corpus"}) {
        const std::string fuzzer = entry.path().filename().string() + ".cpp";
        EXPECT_TRUE(std::filesystem::exists(rules::source_dir / "tests/fuzz" / fuzzer)) << entry.path();
    }
}

} // namespace
