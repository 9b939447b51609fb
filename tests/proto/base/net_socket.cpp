#include "proto/base/net_socket.h"

#include <bit>
#include <gtest/gtest.h>

namespace
{

/// The kernel prints addresses in the machine's byte order.
const bool is_little = std::endian::native == std::endian::little;

TEST(NetSocket, IsALineOfUdp)
{
    const std::string address = is_little ? "3500007F" : "7F000035";
    const auto socket =
        base::read_net_socket(" 1234: " + address +
                              ":0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101 "
                              "       0 20304 2 0000000000000000 17\n");
    ASSERT_TRUE(socket);
    const base::NetSocket expected{*base::parse_address("127.0.0.53"), false, 53, 7, 101, 20304, 17};
    EXPECT_EQ(*socket, expected);
}

TEST(NetSocket, IsALineOfTcpWithIpv6)
{
    const std::string address =
        is_little ? "B80D0120000000000000000001000000" : "20010DB8000000000000000000000001";
    const std::string rest =
        " 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0  "
        "      0 4711 1 0000000000000000 100 0 0 10 0";
    const auto socket = base::read_net_socket("   0: " + address + ":14E9" + rest);
    ASSERT_TRUE(socket);
    EXPECT_EQ(socket->address, *base::parse_address("2001:db8::1"));
    EXPECT_EQ(socket->port, 5353);
    EXPECT_EQ(socket->state, 10U);
    EXPECT_FALSE(socket->is_any);
    const auto any = base::read_net_socket("   0: " + std::string(32, '0') + ":0035" + rest);
    ASSERT_TRUE(any);
    EXPECT_TRUE(any->is_any);
}

TEST(NetSocket, IsNoneForOtherLines)
{
    for (const char* line :
         {"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid", "",
          "0: 7F:0035 0:0 07 0:0 0:0 0 0 0 1 2 0 0", "0: 7F000001 0:0 07 0:0 0:0 0 0 0 1 2 0 0",
          "0: 7F000001:0035 0:0 7 0:0 0:0 0 0 0 1 2 0 0", "0: 7F000001:0035 0:0 07 0:0 0:0 0 x 0 1 2 0 0",
          "0: 7F000001:0035 0:0 07 0:0 0:0 0 0 0"}) {
        EXPECT_FALSE(base::read_net_socket(line)) << line;
    }
}

} // namespace
