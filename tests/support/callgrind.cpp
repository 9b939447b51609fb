#include "tests/support/callgrind.h"

#include <gtest/gtest.h>

#include "tests/support/process.h"

namespace support
{

std::uint64_t instructions(const std::vector<std::string>& command, const std::string& said,
                           const std::string& within, const std::string& since)
{
    std::vector<std::string> counted{"valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"};
    if (!within.empty()) {
        counted.push_back("--toggle-collect=" + within);
    }
    if (!since.empty()) {
        counted.push_back("--zero-before=" + since);
    }
    counted.insert(counted.end(), command.begin(), command.end());
    const Result result = run(counted);
    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_NE(result.output.find("\n" + said + "\n"), std::string::npos) << result.output;
    const std::string key = "Collected : ";
    const std::size_t at = result.output.find(key);
    return at == std::string::npos ? 0 : std::stoull(result.output.substr(at + key.size()));
}

} // namespace support
