#include "proto/dns/zone_reply.h"

#include <array>
#include <gtest/gtest.h>
#include <string>

namespace
{

const dns::Name zone_of_reply = *dns::Name::from_text("dyn.example.org");

std::string bytes_of(const dns::Name& name)
{
    return std::string{base::as_text(name.wire())};
}
std::string number16(unsigned number)
{
    return {static_cast<char>(number >> 8), static_cast<char>(number)};
}

/// A reply with one record, whose owner and the names in whose data are compressed.
std::string reply_with(unsigned answers, dns::Type type, const std::string& data,
                       const std::string& owner = "\xC0\x0C")
{
    return number16(7) + number16(0x8400) + number16(1) + number16(answers) + number16(0) + number16(0) +
           bytes_of(zone_of_reply) + number16(static_cast<unsigned>(type)) + number16(1) + owner +
           number16(static_cast<unsigned>(type)) + number16(1) + std::string(4, '\0') +
           number16(static_cast<unsigned>(data.size())) + data;
}
std::optional<dns::ZoneReply> read_reply(const std::string& message)
{
    return dns::read_zone_reply(base::as_bytes(message));
}

const std::string soa_data =
    std::string{"\2ns\xC0\x0C\1x\xC0\x0C"} + std::string{"\0\0\6\xC4", 4} + std::string(16, '\0');

TEST(ZoneReply, HasTheSerialOfTheSoa)
{
    const auto reply = read_reply(reply_with(1, dns::Type::soa, soa_data));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->zone, zone_of_reply);
    EXPECT_EQ(reply->type, dns::Type::soa);
    EXPECT_EQ(reply->header.id, 7);
    EXPECT_EQ(reply->serial, 1732U);
    EXPECT_TRUE(reply->name_servers.empty());
}

TEST(ZoneReply, HasTheNameServers)
{
    const auto reply = read_reply(reply_with(1, dns::Type::ns, "\2ns\xC0\x0C"));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->name_servers, std::vector{*dns::Name::from_text("ns.dyn.example.org")});
    EXPECT_EQ(reply->serial, std::nullopt);
}

TEST(ZoneReply, SkipsRecordsOfOtherOwnersAndTypes)
{
    const auto other =
        read_reply(reply_with(1, dns::Type::ns, "\2ns\xC0\x0C", bytes_of(*dns::Name::from_text("org"))));
    ASSERT_TRUE(other);
    EXPECT_TRUE(other->name_servers.empty());
    EXPECT_TRUE(read_reply(reply_with(1, dns::Type::a, "????")));
}

// RFC 1035 section 4.1.3: RDLENGTH is the length of the data.
TEST(ZoneReply, IsNoneIfMalformed)
{
    EXPECT_FALSE(read_reply(reply_with(2, dns::Type::soa, soa_data))) << "a record is missing";
    EXPECT_FALSE(read_reply(reply_with(1, dns::Type::soa, soa_data + '\0'))) << "data is left over";
    EXPECT_FALSE(read_reply(reply_with(1, dns::Type::ns, "\2ns")));
    std::string query = reply_with(1, dns::Type::soa, soa_data);
    query[2] = 0;
    EXPECT_FALSE(read_reply(query)) << "no reply";
    query[2] = static_cast<char>(0x84);
    EXPECT_TRUE(read_reply(query));
    query[5] = 2;
    EXPECT_FALSE(read_reply(query)) << "two questions";
}

TEST(ZoneReply, AnswersTheQuestion)
{
    std::array<std::uint8_t, 512> room{};
    const base::Bytes question = dns::write_zone_question(room, 7, zone_of_reply, dns::Type::ns);
    const auto whole = reply_with(0, dns::Type::ns, "");
    std::string expected = whole.substr(0, question.size());
    expected[2] = 0; // not a reply, and without authority
    EXPECT_EQ(std::string{base::as_text(question)}, expected);
    EXPECT_TRUE(dns::write_zone_question(std::span{room}.first(20), 7, zone_of_reply, dns::Type::ns).empty());
}

} // namespace
