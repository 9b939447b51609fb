#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "proto/dns/edns.h"
#include "proto/dns/query.h"
#include "proto/dns/reply.h"
#include "proto/dns/text.h"

namespace
{

using base::Bytes;
using dns::Edns;
using dns::Rcode;
using dns::Type;
using ByteVector = std::vector<std::uint8_t>;

/// A query for example. A IN with an OPT record: size 1000, DO, one option.
const ByteVector message = {0xAB, 0xCD, 0x01, 0x20, 0,    1,   0, 0, 0, 0, 0, 1, 7, 'E',
                            'x',  'a',  'm',  'p',  'l',  'e', 0, 0, 1, 0, 1, 0, 0, 41,
                            3,    0xE8, 0,    0,    0x80, 0,   0, 6, 0, 9, 0, 2, 7, 8};

TEST(Query, HasHeaderQuestionAndEdns)
{
    const auto query = dns::read_query(message);
    ASSERT_TRUE(query);
    EXPECT_EQ(query->error, Rcode::noerror);
    EXPECT_EQ(query->header.id, 0xABCD);
    EXPECT_EQ(query->header.flags, 0x0120);
    ASSERT_TRUE(query->question);
    EXPECT_THAT(query->question->name, testing::ElementsAre(7, 'E', 'x', 'a', 'm', 'p', 'l', 'e', 0));
    EXPECT_EQ(query->question->type, Type::a);
    EXPECT_EQ(query->question->klass, dns::Class::in);
    EXPECT_EQ(query->question->wire().size(), 13U);
    ASSERT_TRUE(query->edns);
    EXPECT_EQ(query->edns->udp_size, 1000);
    EXPECT_EQ(query->edns->version, 0);
    EXPECT_TRUE(query->edns->dnssec_ok);
    EXPECT_FALSE(query->edns->cookie);
}

// robustness: no client sends so many, and reading them would cost more than many answers
TEST(Query, IsNotReadFurtherIfItHasTooManyRecords)
{
    const auto with_answers = [](std::uint8_t count) {
        constexpr std::size_t question_end = 12 + 13;
        constexpr std::size_t smallest_record = 11;
        ByteVector bytes = message;
        bytes[7] = count;
        bytes.insert(bytes.begin() + question_end, count * smallest_record, 0);
        return bytes;
    };
    const ByteVector most_records = with_answers(6); // and the question, and the OPT record
    const auto query = dns::read_query(most_records);
    EXPECT_EQ(query->error, Rcode::noerror);
    EXPECT_TRUE(query->edns);
    const ByteVector too_many = with_answers(7);
    const auto refused = dns::read_query(too_many);
    EXPECT_EQ(refused->error, Rcode::formerr);
    EXPECT_TRUE(refused->question);
    EXPECT_FALSE(refused->edns);
    ByteVector questions = too_many;
    questions[5] = 9;
    EXPECT_FALSE(dns::read_query(questions)->question);
    EXPECT_EQ(dns::read_query(questions)->error, Rcode::formerr);
}

ByteVector name_of_labels(std::size_t labels)
{
    ByteVector name;
    for (std::size_t i = 0; i < labels; ++i) {
        name.insert(name.end(), {1, 'a'});
    }
    name.push_back(0);
    return name;
}

ByteVector with_answers(const std::vector<std::size_t>& labels_of_owners)
{
    constexpr std::size_t question_end = 12 + 13;
    constexpr std::size_t fixed_bytes = 10;
    ByteVector bytes = message;
    bytes[7] = static_cast<std::uint8_t>(labels_of_owners.size());
    for (const std::size_t labels : labels_of_owners) {
        ByteVector record = name_of_labels(labels);
        record.resize(record.size() + fixed_bytes);
        bytes.insert(bytes.begin() + question_end, record.begin(), record.end());
    }
    return bytes;
}

// robustness: each label takes a step; a datagram full of labels would cost half an answer more
TEST(Query, IsNotReadFurtherIfItsOwnersHaveTooManyLabels)
{
    const ByteVector under_ip6_arpa = with_answers({34});
    const auto query = dns::read_query(under_ip6_arpa);
    EXPECT_EQ(query->error, Rcode::noerror);
    EXPECT_TRUE(query->edns);
    for (const auto& owners : {std::vector<std::size_t>{40}, {20, 20}, {0, 10, 10, 10, 10}}) {
        const ByteVector bytes = with_answers(owners);
        EXPECT_EQ(dns::read_query(bytes)->error, Rcode::noerror) << owners.size();
    }
    for (const auto& owners : {std::vector<std::size_t>{41}, {20, 21}, {10, 10, 10, 11}, {127, 127}}) {
        const ByteVector bytes = with_answers(owners);
        const auto long_owners = dns::read_query(bytes);
        EXPECT_EQ(long_owners->error, Rcode::formerr) << owners.size();
        EXPECT_TRUE(long_owners->question);
        EXPECT_FALSE(long_owners->edns);
    }
}

// RFC 9619 section 4. The labels of a single question do not count towards the limit; those of several do.
TEST(Query, MustHaveOneQuestion)
{
    const auto asking = [](std::uint8_t questions, std::size_t labels) {
        ByteVector bytes(12);
        bytes[5] = questions;
        bytes[11] = 1;
        for (unsigned i = 0; i < questions; ++i) {
            const ByteVector name = name_of_labels(labels);
            bytes.insert(bytes.end(), name.begin(), name.end());
            bytes.insert(bytes.end(), {0, 1, 0, 1});
        }
        bytes.insert(bytes.end(), {0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 0});
        return bytes;
    };
    EXPECT_EQ(dns::read_query(asking(1, 127))->error, Rcode::noerror);
    EXPECT_TRUE(dns::read_query(asking(1, 127))->edns);
    for (const std::size_t labels : {20U, 21U}) {
        const ByteVector two = asking(2, labels);
        const auto query = dns::read_query(two);
        EXPECT_EQ(query->error, Rcode::formerr);
        EXPECT_FALSE(query->question);
        EXPECT_EQ(query->edns.has_value(), labels == 20);
    }
}

TEST(Edns, WalksOptionsInOrder)
{
    const ByteVector options{0, 10, 0, 1, 7, 0, 3, 0, 0, 0x12, 0x34, 0, 2, 8, 9};
    std::vector<std::uint16_t> codes;
    std::vector<std::size_t> sizes;
    EXPECT_TRUE(dns::for_each_option(options, [&](std::uint16_t code, Bytes data) {
        codes.push_back(code);
        sizes.push_back(data.size());
    }));
    EXPECT_THAT(codes, testing::ElementsAre(10, 3, 0x1234));
    EXPECT_THAT(sizes, testing::ElementsAre(1, 0, 2));
}

std::pair<Edns, Rcode> read_edns(std::uint16_t klass, std::uint32_t ttl, Bytes data)
{
    Edns edns;
    const Rcode error = edns.read(klass, ttl, data);
    return {edns, error};
}

// RFC 6891 section 6.1.2
TEST(Edns, RefusesAnOptionThatIsCutOff)
{
    EXPECT_EQ(read_edns(512, 0, {}).second, Rcode::noerror);
    EXPECT_EQ(read_edns(512, 0, ByteVector{0, 3, 0, 0}).second, Rcode::noerror);
    for (const ByteVector& options :
         {ByteVector{0}, ByteVector{0, 3, 0}, ByteVector{0, 3, 0, 1}, ByteVector{0, 3, 0, 0, 0}}) {
        EXPECT_EQ(read_edns(512, 0, options).second, Rcode::formerr);
    }
}

// RFC 6891 section 6.1.3: another version may define another format of options
TEST(Edns, ReadsNoOptionsOfAnotherVersion)
{
    EXPECT_EQ(read_edns(512, 0x10000, ByteVector{0, 10, 0, 1}).second, Rcode::badvers);
}

// RFC 7873 sections 5.2 and 5.2.2
TEST(Edns, UsesTheFirstCookieAndRefusesAMalformedOne)
{
    const ByteVector two{0, 10, 0, 8, 1, 1, 1, 1, 1, 1, 1, 1, 0, 10, 0, 8, 2, 2, 2, 2, 2, 2, 2, 2};
    const auto [edns, error] = read_edns(512, 0, two);
    EXPECT_EQ(error, Rcode::noerror);
    ASSERT_TRUE(edns.cookie);
    EXPECT_EQ(edns.cookie->client[0], 1);
    const auto [malformed, its_error] = read_edns(512, 0, ByteVector{0, 10, 0, 1, 7});
    EXPECT_EQ(its_error, Rcode::formerr);
    EXPECT_TRUE(malformed.cookie_is_malformed);
}

// robustness: the options after the first few are not even parsed
TEST(Edns, ReadsAtMostMaxOptions)
{
    ByteVector options;
    for (unsigned i = 1; i < dns::max_options; ++i) {
        options.insert(options.end(), {0, 200, 0, 0});
    }
    ByteVector last = options;
    last.insert(last.end(), {0, 3, 0, 0});
    EXPECT_TRUE(read_edns(512, 0, last).first.asks_nsid);
    options.insert(options.end(), {0, 200, 0, 0, 0, 3, 0, 0, 1});
    EXPECT_FALSE(read_edns(512, 0, options).first.asks_nsid);
    EXPECT_EQ(read_edns(512, 0, options).second, Rcode::noerror);
}

TEST(Edns, KnowsWhichOptionsAreRequested)
{
    const auto asked = read_edns(512, 0, ByteVector{0, 3, 0, 0, 0, 11, 0, 0}).first;
    EXPECT_TRUE(asked.asks_nsid);
    EXPECT_TRUE(asked.asks_keepalive);
    const auto nothing = read_edns(512, 0, ByteVector{0, 15, 0, 2, 0, 1}).first;
    EXPECT_FALSE(nothing.asks_nsid || nothing.asks_keepalive || nothing.cookie);
}

// RFC 6891 section 6.2.3
TEST(Edns, TreatsASmallerSizeAs512)
{
    EXPECT_EQ(read_edns(0, 0, {}).first.udp_size, 512);
    EXPECT_EQ(read_edns(511, 0, {}).first.udp_size, 512);
    EXPECT_EQ(read_edns(513, 0, {}).first.udp_size, 513);
}

TEST(Edns, WritesTheUpperBitsOfTheRcode)
{
    std::array<std::uint8_t, 11> room{};
    base::Writer out{room};
    dns::write_opt(out, Rcode::badvers, true, {});
    EXPECT_THAT(room, testing::ElementsAre(0, 0, 41, 0x04, 0xD0, 1, 0, 0x80, 0, 0, 0));
}

TEST(Edns, WritesEveryOptionAndKnowsItsLength)
{
    dns::ReplyOptions options;
    options.cookie.emplace();
    const ByteVector nsid{'n', 's'};
    options.nsid = nsid;
    options.keepalive = 30;
    std::array<std::uint8_t, 100> room{};
    base::Writer out{room};
    dns::write_opt(out, Rcode::refused, false, options);
    ASSERT_EQ(out.size(), 11U + 28 + 6 + 6 + 6);
    EXPECT_EQ(options.record_bytes(Rcode::refused), out.size());
    EXPECT_EQ(options.record_bytes(), out.size() - 6);
    EXPECT_EQ(room[10], 46);
    const ByteVector after_cookie(room.begin() + 39, room.begin() + 57);
    EXPECT_EQ(after_cookie, (ByteVector{0, 3, 0, 2, 'n', 's', 0, 11, 0, 2, 0, 30, 0, 15, 0, 2, 0, 20}));
}

const dns::ReplyOptions no_options;

TEST(ReplyLimit, IsTheSmallerOfTheRequestorsAndOursOverUdp)
{
    auto query = *dns::read_query(message);
    EXPECT_EQ(dns::reply_limit(query, true), 1000U);
    EXPECT_EQ(dns::reply_limit(query, false), 65535U);
    query.edns->udp_size = 4096;
    EXPECT_EQ(dns::reply_limit(query, true), 1232U);
    query.edns.reset();
    EXPECT_EQ(dns::reply_limit(query, true), 512U);
}

// RFC 1035 section 4.1.4: each record of the set points to its owner's name
TEST(ReplyWriter, WritesRecordsOfAnotherOwner)
{
    const auto query = *dns::read_query(message);
    ByteVector room(512);
    dns::ReplyWriter out{query, room, 512, no_options};
    const ByteVector records{0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 7,    //
                             0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 0, 1, 0, 2, 8, 8, //
                             0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0};
    const std::size_t at = out.size();
    EXPECT_TRUE(out.answer({records, 3}, 0x123));
    const Bytes reply = out.finish();
    ByteVector expected = records;
    for (const std::size_t owner : {0U, 13U, 27U}) {
        expected[owner] = 0xC1;
        expected[owner + 1] = 0x23;
    }
    EXPECT_EQ(ByteVector(reply.begin() + static_cast<std::ptrdiff_t>(at),
                         reply.begin() + static_cast<std::ptrdiff_t>(at + records.size())),
              expected);
}

// RFC 1035 section 4.1.4: a pointer has 14 bits
TEST(ReplyWriter, LeavesOutRecordsWhoseOwnerIsOutOfReachOfAPointer)
{
    const auto query = *dns::read_query(message);
    ByteVector room(512);
    dns::ReplyWriter out{query, room, 512, no_options};
    const ByteVector record{0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0};
    EXPECT_TRUE(out.additional({record, 1}, 0x3FFF));
    EXPECT_FALSE(out.additional({record, 1}, 0x4000));
    EXPECT_FALSE(out.truncated());
}

// RFC 2181 section 9: a reply without optional records is not truncated
TEST(ReplyWriter, LeavesOutAdditionalRecordsWithoutTruncation)
{
    const auto query = *dns::read_query(message);
    ByteVector room(512);
    dns::ReplyWriter out{query, room, 100, no_options};
    const ByteVector records(100 - 12 - 13 - 11);
    EXPECT_FALSE(out.additional({ByteVector(records.size() + 1), 1}, 12));
    EXPECT_FALSE(out.truncated());
    EXPECT_TRUE(out.additional({records, 2}, 12));
    const Bytes reply = out.finish();
    EXPECT_EQ(reply.size(), 100U);
    EXPECT_EQ(reply[11], 3); // and the OPT record
}

TEST(ReplyWriter, TruncatesTheReplyIfAnswersDoNotFit)
{
    const auto query = *dns::read_query(message);
    ByteVector room(512);
    dns::ReplyWriter out{query, room, 100, no_options};
    const ByteVector records(100 - 12 - 13 - 11); // fills the rest after header, question and OPT
    EXPECT_FALSE(out.answer({ByteVector(records.size() + 1), 1}));
    EXPECT_TRUE(out.truncated());
    EXPECT_EQ(out.answers(), 0);
    EXPECT_TRUE(out.authority({records, 3}));
    const Bytes reply = out.finish();
    EXPECT_EQ(reply.size(), 100U);
    EXPECT_EQ(reply[7], 0);
    EXPECT_EQ(reply[9], 3);
    EXPECT_EQ(reply[11], 1);
    EXPECT_EQ(reply[2], 0x83); // QR, TC, RD
}

TEST(Text, HasMnemonicsOfTypesAndRcodes)
{
    EXPECT_EQ(dns::to_text(Type::aaaa), "AAAA");
    EXPECT_EQ(dns::to_text(Type{65280}), "TYPE65280"); // RFC 3597 section 5
    EXPECT_EQ(dns::to_text(Rcode::badvers), "BADVERS");
    EXPECT_EQ(dns::to_text(Rcode{24}), "RCODE24");
}

} // namespace
