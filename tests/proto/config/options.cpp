// The table of options, the manual and the example config agree.
#include "proto/config/options.h"

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/config/summary.h"
#include "tests/proto/config/texts.h"

namespace
{

using config::Need;
using Option = config::DocumentedOption;
using config::Section;

/// Section and key.
using Key = std::pair<std::string, std::string>;

std::vector<std::string> lines_of(const std::string& file)
{
    std::ifstream in{std::string{TEST_SOURCE_DIR "/etc/"} + file};
    EXPECT_TRUE(in) << file;
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

std::string header(const Option& option)
{
    const std::string host = "[@home]\ntoken=0123456789abcdef\n[@office]\ntoken=0123456789abcdeg\n[@h]\n";
    if (option.section == Section::group) {
        return host + "token=0123456789abcdeh\n[group g]\ntoken=0123456789abcdei\nhosts=home";
    }
    if (option.name == "follow" || option.name == "follow_a") {
        return host + "suffix=::1" + (option.name == "follow_a" ? "\nfollow=home" : "");
    }
    if (option.section == Section::https) {
        return "[https]\ncertificate=/chain\nkey=/key";
    }
    if (option.section == Section::metrics) {
        return "[metrics]\nport=9109";
    }
    return option.section == Section::host ? "[@h]" : '[' + std::string{section_name(option.section)} + ']';
}

Key key_of(const Option& option)
{
    return {std::string{section_name(option.section)}, std::string{option.name}};
}

std::set<Key> keys_of_table()
{
    std::set<Key> keys;
    for (const Option& option : config::documented_options()) {
        keys.insert(key_of(option));
    }
    return keys;
}

/// "udp" for the heading "[udp]"; empty for a heading that is not a section. `heading`: its first word.
std::string section_of(const std::string& heading)
{
    if (heading == "[group") {
        return "group NAME";
    }
    return heading.size() > 2 && heading.front() == '[' ? heading.substr(1, heading.size() - 2) : "";
}

/// The text after each `.It Ic key` line in the manual, up to the next item.
std::map<Key, std::string> manual()
{
    std::map<Key, std::string> entries;
    std::string section;
    std::string* entry = nullptr;
    for (const std::string& line : lines_of("nanodnsd.conf.5")) {
        std::istringstream words{line};
        std::string macro;
        std::string first;
        std::string second;
        words >> macro >> first >> second;
        if (macro == ".Ss" || macro == ".Sh") {
            section = section_of(first);
            entry = nullptr;
        } else if (macro == ".It" && first == "Ic") {
            entry = &entries[{section, second}];
        } else if (macro == ".It" || macro == ".El") {
            entry = nullptr;
        } else if (entry != nullptr) {
            *entry += line + '\n';
        }
    }
    return entries;
}

struct SampleLine {
    bool commented = false;
    std::string value;
};

/// Each key=value line of the example config, commented out (without a space after the '#') or not.
std::multimap<Key, SampleLine> sample()
{
    std::multimap<Key, SampleLine> keys;
    std::string section;
    for (std::string line : lines_of("nanodnsd.conf")) {
        const bool commented = line.starts_with('#');
        line.erase(0, commented ? 1 : 0);
        const std::size_t equals = line.find('=');
        if (line.starts_with("[@")) {
            section = "@host";
        } else if (line.starts_with("[group ")) {
            section = "group NAME";
        } else if (line.starts_with('[')) {
            section = line.substr(1, line.size() - 2);
        } else if (!line.starts_with(' ') && equals != std::string::npos) {
            keys.insert({{section, line.substr(0, equals)}, {commented, line.substr(equals + 1)}});
        }
    }
    return keys;
}

std::string whole_sample(bool uncommented)
{
    std::string text;
    for (const std::string& line : lines_of("nanodnsd.conf")) {
        const bool setting = line.size() > 1 && line[0] == '#' && line[1] != ' ';
        text += (setting && uncommented ? line.substr(1) : line) + '\n';
    }
    return text;
}

TEST(ConfigOptions, AreNamedOnce)
{
    EXPECT_EQ(keys_of_table().size(), config::documented_options().size());
}

TEST(ConfigOptions, HaveAMeaningAndADefaultOrAnExample)
{
    for (const Option& option : config::documented_options()) {
        EXPECT_FALSE(option.meaning.empty()) << option.name;
        EXPECT_NE(option.fallback.empty(), option.example.empty()) << option.name;
        EXPECT_FALSE(option.need == Need::required && !option.fallback.empty()) << option.name;
        const config::Option* const found = find_option(option.section, option.name);
        ASSERT_NE(found, nullptr) << option.name;
        EXPECT_EQ(found->section, option.section);
        EXPECT_EQ(found->name, option.name);
        EXPECT_EQ(found->kind.index(), option.kind.index());
    }
}

TEST(ConfigOptions, HaveDefaultsThatChangeNothing)
{
    for (const Option& option : config::documented_options()) {
        const std::string text = config_test::with(header(option) + '\n');
        const auto before = config::parse(text);
        const auto after =
            config::parse(text + std::string{option.name} + '=' +
                          std::string{option.fallback.empty() ? option.example : option.fallback} + '\n');
        EXPECT_EQ(config_test::list(after.errors), "") << option.name;
        if (!option.fallback.empty()) {
            EXPECT_EQ(summary(before.config), summary(after.config)) << option.name;
        }
    }
}

TEST(ConfigManual, HasAnEntryForExactlyTheOptionsOfTheTable)
{
    std::set<Key> keys;
    for (const auto& [key, text] : manual()) {
        keys.insert(key);
    }
    EXPECT_THAT(keys, testing::ContainerEq(keys_of_table()));
}

TEST(ConfigManual, StatesEachDefaultAndWhichOptionsAreRequired)
{
    auto entries = manual();
    for (const Option& option : config::documented_options()) {
        const std::string& text = entries[key_of(option)];
        if (option.need == Need::required) {
            EXPECT_NE(text.find("\nRequired.\n"), std::string::npos) << option.name;
        } else {
            const std::string wanted =
                option.fallback.empty() ? "Default: " : "Default: " + std::string{option.fallback} + ".\n";
            EXPECT_NE(text.find(wanted), std::string::npos) << option.name << ": " << text;
        }
    }
}

/// "1 to 65535" and the like.
struct BoundsText {
    std::string operator()(const config::Number& kind) const { return both(kind.min, kind.max); }
    std::string operator()(const config::Time& kind) const
    {
        return both(kind.min.count(), kind.max.count());
    }
    std::string operator()(const config::NameList& kind) const { return std::to_string(kind.max); }
    std::string operator()(const config::AddressList& kind) const { return std::to_string(kind.max); }
    std::string operator()(const config::NetworkList& kind) const { return std::to_string(kind.max); }
    std::string operator()(const config::HashText& kind) const { return std::to_string(kind.max); }
    std::string operator()(const config::TokenText& kind) const { return std::to_string(kind.max); }
    std::string operator()(const config::SocketPath& kind) const { return std::to_string(kind.max); }
    std::string operator()(const config::HostAddress4& kind) const { return std::to_string(kind.max); }
    std::string operator()(const auto& /*no bounds in the table*/) const { return ""; }
    static std::string both(auto min, auto max) { return std::to_string(min) + " to " + std::to_string(max); }
};

TEST(ConfigManual, StatesTheLimitsOfTheTable)
{
    auto entries = manual();
    for (const Option& option : config::documented_options()) {
        const bool is_tcp_port = option.section == Section::tcp && option.name == "port"; // "as for UDP"
        const std::string& text = entries[key_of(option)];
        EXPECT_TRUE(is_tcp_port || text.find(std::visit(BoundsText{}, option.kind)) != std::string::npos)
            << option.name << ": " << text;
    }
}

TEST(ConfigSample, HasExactlyTheOptionsOfTheTable)
{
    std::set<Key> keys;
    for (const auto& [key, line] : sample()) {
        keys.insert(key);
    }
    EXPECT_THAT(keys, testing::ContainerEq(keys_of_table()));
}

TEST(ConfigSample, HasEachOptionCommentedOutAtItsDefault)
{
    const auto lines = sample();
    for (const Option& option : config::documented_options()) {
        const auto [begin, end] = lines.equal_range(key_of(option));
        for (auto line = begin; line != end; ++line) {
            // the sections [https] and [metrics], with required options, are commented out as a whole
            const bool is_required = option.need == Need::required && option.section == Section::server;
            EXPECT_NE(line->second.commented, is_required) << option.name;
            EXPECT_TRUE(option.fallback.empty() || line->second.value == option.fallback) << option.name;
        }
    }
}

TEST(ConfigSample, IsValidWithAndWithoutItsCommentedLines)
{
    const auto plain = config::parse(whole_sample(false));
    EXPECT_EQ(config_test::list(plain.errors), "");
    EXPECT_EQ(plain.config.hosts.size(), 0U); // the token of an example host would be public
    const auto full = config::parse(whole_sample(true));
    EXPECT_EQ(config_test::list(full.errors), "");
    EXPECT_EQ(full.config.hosts.size(), 9U);
    EXPECT_EQ(full.config.groups.size(), 1U);
}

/// Every token that stands in a document, and so is no secret.
TEST(ConfigDocuments, HaveOnlyTokensThatTheParserWarnsOf)
{
    const std::regex shown{"\\b(token(?:_hash)?)=([^\\s'\"<>$%`&]+)"};
    std::size_t found = 0;
    for (const std::string file : {"README.md", "GUIDE.md", "etc/nanodnsd.conf", "etc/nanodnsd.conf.5",
                                   "daemon/nanodnsd.8", "CHANGELOG.md"}) {
        std::ostringstream text;
        text << std::ifstream{TEST_SOURCE_DIR "/" + file}.rdbuf();
        const std::string whole = text.str();
        for (auto match = std::sregex_iterator{whole.begin(), whole.end(), shown};
             match != std::sregex_iterator{}; ++match) {
            const auto warnings = config::parse(config_test::with("[@h]\n" + match->str(0) + '\n')).warnings;
            EXPECT_EQ(warnings.size(), 1U) << file << ": " << match->str(0);
            ++found;
        }
    }
    EXPECT_GE(found, 5U);
}

} // namespace
