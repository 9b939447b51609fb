// The commands of contrib/watch, with other programs in the place of wg(8) and nft(8).
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "ctl/program.h"

namespace
{

using Words = std::vector<std::string>;

/// Runs the command with a program that prints its arguments and its input to a file, which is returned.
class Recipes : public testing::Test
{
protected:
    Recipes()
    {
        std::string folder = testing::TempDir() + "recipes-XXXXXX";
        folder_ = ::mkdtemp(folder.data());
        for (const std::string name : {"wg", "nft"}) {
            std::ofstream{folder_ + '/' + name} << "#!/bin/sh\n{ echo \"$0 $*\"; cat; } >" << folder_
                                                << "/said\n";
            std::filesystem::permissions(folder_ + '/' + name, std::filesystem::perms::owner_all);
        }
    }
    ~Recipes() override { std::filesystem::remove_all(folder_); }
    Recipes(const Recipes&) = delete;
    Recipes& operator=(const Recipes&) = delete;

    std::string said_by(const std::string& recipe, Words arguments, const std::string& a,
                        const std::string& aaaa)
    {
        std::filesystem::remove(folder_ + "/said");
        arguments.insert(arguments.begin(), TEST_SOURCE_DIR "/contrib/watch/" + recipe);
        const auto ended = ctl::run({arguments,
                                     {"PATH=" + folder_ + ":/usr/bin:/bin", "NANODNSD_A=" + a,
                                      "NANODNSD_AAAA=" + aaaa, "NANODNSD_OLD_A=192.0.2.1"}});
        EXPECT_TRUE(ended.is_success()) << ended.text();
        std::ostringstream text;
        text << std::ifstream{folder_ + "/said"}.rdbuf();
        std::string said = text.str();
        return said.empty() ? said : said.substr(folder_.size() + 1);
    }

private:
    std::string folder_;
};

TEST_F(Recipes, SetTheEndpointOfAPeer)
{
    const Words arguments{"wg0", "KEY=", "51820"};
    EXPECT_EQ(said_by("wg-endpoint", arguments, "192.0.2.7", "2001:db8::7"),
              "wg set wg0 peer KEY= endpoint 192.0.2.7:51820\n");
    EXPECT_EQ(said_by("wg-endpoint", arguments, "", "2001:db8::7"),
              "wg set wg0 peer KEY= endpoint [2001:db8::7]:51820\n");
    EXPECT_EQ(said_by("wg-endpoint", arguments, "", ""), "");
}

TEST_F(Recipes, SetTheElementsOfSets)
{
    const Words arguments{"inet", "filter", "home4", "home6"};
    const std::string flushed = "nft -f -\nflush set inet filter home4\nflush set inet filter home6\n";
    EXPECT_EQ(said_by("nft-set", arguments, "192.0.2.7", "2001:db8::7"),
              flushed + "add element inet filter home4 { 192.0.2.7 }\n"
                        "add element inet filter home6 { 2001:db8::7 }\n");
    EXPECT_EQ(said_by("nft-set", arguments, "", ""), flushed + "\n\n");
}

TEST(RecipesUsage, IsSaidWithoutArguments)
{
    for (const std::string recipe : {"wg-endpoint", "nft-set"}) {
        EXPECT_EQ(ctl::run({{TEST_SOURCE_DIR "/contrib/watch/" + recipe}, {}}).status, 2);
    }
}

} // namespace
