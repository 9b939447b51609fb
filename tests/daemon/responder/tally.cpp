// What a responder counts of queries, for the log's report and for the metrics.
#include <array>
#include <gtest/gtest.h>
#include <optional>

#include "daemon/responder/answerer.h"
#include "proto/dns/header.h"

namespace
{

using Slot = common::OfResponder;
using common::Way;
using Message = std::vector<std::uint8_t>;

dns::Name name_in_tally(const char* text)
{
    return *dns::Name::from_text(text);
}

Message query_for(const char* owner, std::uint16_t type, bool with_client_cookie = false)
{
    Message message(512);
    base::Writer out{message};
    dns::Header{1, 0, 1, 0, 0, static_cast<std::uint16_t>(with_client_cookie ? 1 : 0)}.write(out);
    out.bytes(name_in_tally(owner).wire());
    out.u16(type);
    out.u16(1);
    if (with_client_cookie) {
        out.bytes(Message{0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 12, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8});
    }
    message.resize(out.size());
    return message;
}

class Tallying : public testing::Test
{
protected:
    Tallying() { restart(); }

    /// As another process with the same page.
    void restart(std::uint32_t rate_limit = 0)
    {
        ipc::ResponderSetup setup;
        setup.apex = name_in_tally("example.org");
        setup.name_servers = {name_in_tally("ns.example.net")};
        setup.mailbox = setup.apex;
        zone::Zone zone{setup};
        zone.add_host({name_in_tally("home.example.org"), 60, {{1, {192, 0, 2, 1}}}});
        zone.complete();
        answerer_.emplace(
            std::move(zone),
            responder::Policy{
                rate_limit, ipc::CookiePolicy::relaxed, {base::SipKey{9}}, "", base::Seconds{3}},
            base::SipKey{}, page_.data());
    }
    void udp(const Message& message, const char* client = "192.0.2.7")
    {
        Message room(1232);
        const auto address = *base::parse_address(client);
        answerer_->answer_udp({message, false, address, base::Uptime{1000}}, room);
    }
    void tcp(const Message& message, const char* client = "192.0.2.7")
    {
        Message room(4096);
        const auto address = *base::parse_address(client);
        answerer_->answer_tcp({message, false, address, base::Uptime{1000}}, room);
    }
    std::uint64_t at(Slot slot) const { return page_[static_cast<std::size_t>(slot)]; }

    std::uint64_t of(Way way) const
    {
        std::uint64_t sum = 0;
        for (std::uint8_t seen = 0; seen < static_cast<std::uint8_t>(common::Seen::end); ++seen) {
            sum += at(common::slot_of(way, common::Seen{seen}));
        }
        return sum;
    }

    std::array<std::uint64_t, privsep::counter_page_slots> page_{};
    std::optional<responder::Answerer> answerer_;
};

TEST_F(Tallying, EachMessageCountsByTransportAndFamily)
{
    udp(query_for("home.example.org", 1));
    udp(query_for("home.example.org", 1), "2001:db8::1");
    tcp(query_for("home.example.org", 1));
    tcp(query_for("home.example.org", 1));
    tcp(query_for("home.example.org", 1), "2001:db8::1");
    udp({1, 2, 3});
    EXPECT_EQ(of(Way::udp_ipv4), 2U) << "with the one that is no query";
    EXPECT_EQ(of(Way::udp_ipv6), 1U);
    EXPECT_EQ(of(Way::tcp_ipv4), 2U);
    EXPECT_EQ(of(Way::tcp_ipv6), 1U);
    EXPECT_EQ(at(common::slot_of(Way::udp_ipv4, common::Seen::unreadable)), 1U);
}

TEST_F(Tallying, EachAnswerCountsByTypeAndResult)
{
    for (const std::uint16_t type : std::initializer_list<std::uint16_t>{1, 28, 16, 6, 2, 255, 33, 65280}) {
        udp(query_for("home.example.org", type));
    }
    udp(query_for("missing.example.org", 1));
    udp(query_for("example.com", 1));
    EXPECT_EQ(at(common::slot_of(dns::Type::a)), 3U);
    EXPECT_EQ(at(common::slot_of(dns::Type::aaaa)), 1U);
    EXPECT_EQ(at(common::slot_of(dns::Type::txt)), 1U);
    EXPECT_EQ(at(common::slot_of(dns::Type::soa)), 1U);
    EXPECT_EQ(at(common::slot_of(dns::Type::ns)), 1U);
    EXPECT_EQ(at(Slot::type_any), 1U);
    EXPECT_EQ(at(Slot::type_other), 2U) << "those whose numbers have no slot";
    EXPECT_EQ(at(Slot::success) + at(Slot::empty), 8U);
    EXPECT_EQ(at(common::slot_of(dns::Rcode::nxdomain)), 1U);
    EXPECT_EQ(at(common::slot_of(dns::Rcode::refused)), 1U);
}

// The limit is a reply a second for a network without a cookie.
TEST_F(Tallying, TheRateLimitCountsByWhatIsDone)
{
    restart(1);
    for (int i = 0; i < 100; ++i) {
        udp(query_for("home.example.org", 1));
    }
    EXPECT_GT(at(Slot::limited_truncate), 0U);
    EXPECT_GT(at(Slot::limited_drop), 0U);
    EXPECT_EQ(of(Way::udp_ipv4), 100U);
    EXPECT_EQ(at(Slot::limited_truncate), at(Slot::truncated));
    EXPECT_EQ(at(Slot::success) + at(Slot::empty) + at(Slot::limited_drop), 100U) << "TC is no error";
    EXPECT_EQ(at(Slot::limited_badcookie), 0U);
    const std::uint64_t before = at(common::slot_of(dns::Rcode::badcookie));
    for (int i = 0; i < 3; ++i) {
        udp(query_for("home.example.org", 1, true));
    }
    EXPECT_EQ(at(common::slot_of(dns::Rcode::badcookie)), before + 3);
    EXPECT_EQ(at(Slot::limited_badcookie), 3U);
}

TEST_F(Tallying, AnotherProcessCountsOnAndReportsItsOwnQueries)
{
    udp(query_for("home.example.org", 1));
    restart();
    EXPECT_EQ(answerer_->counters(), responder::Counters{});
    udp(query_for("home.example.org", 1));
    EXPECT_EQ(of(Way::udp_ipv4), 2U);
    const responder::Counters counters = answerer_->counters();
    EXPECT_EQ(counters.udp, 1U);
    EXPECT_EQ(counters.ipv4, 1U);
    EXPECT_EQ(counters.responses, 1U);
    EXPECT_EQ(counters.success, 1U);
    answerer_->reset_counters();
    EXPECT_EQ(answerer_->counters(), responder::Counters{});
    EXPECT_EQ(of(Way::udp_ipv4), 2U) << "a counter never falls";
}

} // namespace
