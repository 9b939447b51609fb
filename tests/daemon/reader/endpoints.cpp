#include "daemon/reader/endpoints.h"

#include <gtest/gtest.h>

namespace
{

using ipc::Service;

TEST(Endpoints, AreAllAddressesOfBothFamiliesByDefault)
{
    const auto all = reader::endpoints(config::Config{}, Service::dns_udp);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(base::to_text(all[0].address), "0.0.0.0");
    EXPECT_EQ(base::to_text(all[1].address), "::");
    EXPECT_TRUE(all[1].optional);
    EXPECT_EQ(all[0].port, 53);
    EXPECT_EQ(reader::endpoints(config::Config{}, Service::http)[1].port, 80);
}

TEST(Endpoints, AreTheConfiguredOnesAndNoneOfThemIsOptional)
{
    config::Config config;
    config.http.listen = {*base::parse_address("127.0.0.1")};
    const auto all = reader::endpoints(config, Service::http);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_FALSE(all[0].optional);
    EXPECT_EQ(all[0].service, Service::http);
}

} // namespace
