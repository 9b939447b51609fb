#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>
#include <vector>

#include "daemon/common/client_network.h"
#include "daemon/common/slot_list.h"
#include "daemon/common/socket_address.h"

namespace
{

using common::SlotList;

std::vector<std::uint32_t> content(const SlotList& list)
{
    std::vector<std::uint32_t> slots;
    for (std::uint32_t slot = list.front(); slot != list.end(); slot = list.next(slot)) {
        slots.push_back(slot);
    }
    return slots;
}

TEST(SlotList, KeepsTheOrderOfTheLastInsertions)
{
    SlotList list{4};
    EXPECT_TRUE(list.empty());
    list.push_back(2);
    list.push_back(0);
    list.push_back(3);
    list.push_back(2); // moves
    EXPECT_EQ(content(list), (std::vector<std::uint32_t>{0, 3, 2}));
    EXPECT_FALSE(list.contains(1));
    EXPECT_TRUE(list.contains(3));
}

TEST(SlotList, RemovesAtAnyPlaceAndIgnoresASecondRemoval)
{
    SlotList list{3};
    for (const std::uint32_t slot : {0U, 1U, 2U}) {
        list.push_back(slot);
    }
    list.remove(1);
    list.remove(1);
    EXPECT_EQ(content(list), (std::vector<std::uint32_t>{0, 2}));
    list.remove(0);
    list.remove(2);
    EXPECT_TRUE(list.empty());
    EXPECT_FALSE(list.contains(2));
    list.push_back(1);
    EXPECT_EQ(list.front(), 1U);
}

TEST(ClientNetwork, KnowsLoopback)
{
    for (const char* address : {"127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.2"}) {
        EXPECT_TRUE(common::is_loopback(base::parse_address(address).value())) << address;
    }
    for (const char* address :
         {"126.255.255.255", "128.0.0.1", "0.0.0.0", "::", "::2", "1::1", "::1:1", "7f00::1"}) {
        EXPECT_FALSE(common::is_loopback(base::parse_address(address).value())) << address;
    }
}

template <typename Kernel>
sockaddr_storage storage(const Kernel& address)
{
    sockaddr_storage result{};
    std::memcpy(&result, &address, sizeof address);
    return result;
}

TEST(SocketAddress, IsConvertedFromTheKernelsForm)
{
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(4711);
    four.sin_addr.s_addr = htonl(0xC0000201);
    EXPECT_EQ(base::to_text(common::to_address(storage(four))), "192.0.2.1");
    EXPECT_EQ(common::port_of(storage(four)), 4711);

    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(53);
    ::inet_pton(AF_INET6, "2001:db8::1", &six.sin6_addr);
    EXPECT_EQ(base::to_text(common::to_address(storage(six))), "2001:db8::1");
    EXPECT_EQ(common::port_of(storage(six)), 53);
    ::inet_pton(AF_INET6, "::ffff:192.0.2.1", &six.sin6_addr); // a dual-stack socket
    EXPECT_TRUE(common::to_address(storage(six)).is4());
}

TEST(SocketAddress, IsEmptyForAPeerWithoutAnAddress)
{
    EXPECT_EQ(common::to_address({}), base::Address{});
    EXPECT_EQ(common::port_of({}), 0);
}

} // namespace
