// [control] and [metrics]
#include "proto/config/config.h"
#include "proto/config/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/proto/config/texts.h"

namespace
{

using testing::HasSubstr;

config::Parsed parsed_with(const std::string& lines)
{
    return config::parse(config_test::with(lines));
}

std::string errors_with(const std::string& lines)
{
    return config_test::list(parsed_with(lines).errors);
}

TEST(ConfigControl, IsOffByDefault)
{
    const config::Control control = parsed_with("").config.control;
    EXPECT_EQ(control.path, "");
    EXPECT_FALSE(control.is_off) << "a passed socket is served";
    EXPECT_TRUE(parsed_with("[control]\nsocket = off\n").config.control.is_off);
}

TEST(ConfigControl, HasAPathAndAGroup)
{
    const auto result = parsed_with("[control]\nsocket = /run/my/control\ngroup = wheel\n");
    EXPECT_EQ(config_test::list(result.errors), "");
    EXPECT_EQ(result.config.control.path, "/run/my/control");
    EXPECT_EQ(result.config.control.group, "wheel");
    EXPECT_THAT(summary(result.config), HasSubstr("control       /run/my/control, group wheel\n"));
}

TEST(ConfigControl, RefusesAPathThatNoSocketCanHave)
{
    EXPECT_EQ(errors_with("[control]\nsocket = /" + std::string(106, 'a') + "\n"), "");
    for (const char* const path : {"control", "yes", "run/control"}) {
        EXPECT_THAT(errors_with("[control]\nsocket = " + std::string{path} + "\n"),
                    HasSubstr("expected an absolute path of at most 107 bytes, or off"))
            << path;
    }
}

TEST(ConfigMetrics, AreOffWithoutTheirSection)
{
    EXPECT_FALSE(parsed_with("").config.metrics.is_on);
    const auto result = parsed_with("[metrics]\nport = 9109\n");
    EXPECT_TRUE(result.config.metrics.is_on);
    EXPECT_EQ(result.config.metrics.port, 9109);
    EXPECT_THAT(summary(result.config), HasSubstr("metrics       127.0.0.1, port 9109\n"));
}

TEST(ConfigMetrics, NeedAPort)
{
    EXPECT_THAT(errors_with("[metrics]\n"), HasSubstr("found no port in [metrics]"));
}

TEST(ConfigMetrics, WarnOfAnAddressThatOthersReach)
{
    const auto warnings = [](const std::string& addresses) {
        return config_test::list(parsed_with("[metrics]\nport = 1\nlisten = " + addresses + "\n").warnings);
    };
    EXPECT_EQ(warnings("127.0.0.1 ::1 127.1.2.3"), "");
    for (const std::string address : {"0.0.0.0", "192.0.2.1", "::", "2001:db8::1"}) {
        EXPECT_THAT(warnings("127.0.0.1 " + address),
                    HasSubstr("found " + address + " in [metrics], expected a loopback address"));
    }
}

} // namespace
