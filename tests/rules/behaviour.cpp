// Each row of tests/behaviour/rows.txt has one test, named after the row, and each of these tests has a row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

#include "tests/rules/source_tree.h"

namespace
{

using rules::Strings;

/// "tcp-half-close" becomes TcpHalfClose.
std::string camel_case(const std::string& row)
{
    std::string name;
    bool begins = true;
    for (const char c : row) {
        if (c != '-') {
            name += begins && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        }
        begins = c == '-';
    }
    return name;
}

Strings rows()
{
    static const std::regex row{R"(^(?:MUST|SHOULD|INFO) ([a-z0-9-]+)$)"};
    return rules::matches(rules::read(rules::source_dir / "tests/behaviour/rows.txt"), row);
}

struct TestOfARow {
    std::string row; ///< in the comment right above the test; empty if there is none
    std::string name;
};

std::vector<TestOfARow> tests()
{
    static const std::regex comment{R"(^// ([a-z0-9-]+): .*(?:RFC|robustness|common practice))"};
    static const std::regex test{R"(^TEST_F\(\w+, (\w+)\))"};
    std::vector<TestOfARow> found;
    for (const std::string& path : rules::files_in({"tests/behaviour"}, {".cpp"})) {
        std::string row;
        for (const std::string& line : rules::lines_of(rules::read(rules::source_dir / path))) {
            std::smatch match;
            if (std::regex_search(line, match, comment)) {
                row = match[1];
            } else if (std::regex_search(line, match, test)) {
                found.push_back({row, match[1]});
            }
            if (!line.starts_with("//")) {
                row.clear();
            }
        }
    }
    return found;
}

TEST(Behaviour, HasOneRowPerLine)
{
    const std::string text = rules::read(rules::source_dir / "tests/behaviour/rows.txt");
    EXPECT_EQ(rows().size(), rules::lines_of(text).size());
    EXPECT_GE(rows().size(), 145U) << "a requirement was removed";
}

TEST(Behaviour, HasATestForEachRow)
{
    std::map<std::string, std::string> row_of;
    for (const TestOfARow& test : tests()) {
        if (!test.row.empty()) {
            EXPECT_TRUE(row_of.emplace(test.row, test.name).second) << test.row << " has two tests";
        }
    }
    for (const std::string& row : rows()) {
        EXPECT_EQ(row_of[row], camel_case(row)) << "no test is named after " << row;
    }
}

// Other tests are in ednscompliance.cpp.
TEST(Behaviour, HasARowForEachTest)
{
    const Strings all = rows();
    std::size_t number = 0;
    for (const TestOfARow& test : tests()) {
        if (!test.row.empty()) {
            EXPECT_THAT(all, testing::Contains(test.row)) << test.name << " has no row";
            ++number;
        }
    }
    EXPECT_EQ(number, all.size());
}

} // namespace
