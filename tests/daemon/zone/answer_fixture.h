// Tests with whole messages. A test is named after its row in tests/behaviour/rows.txt.
#pragma once

#include "daemon/zone/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace answer_test
{

using base::Bytes;
using dns::Name;
using dns::Rcode;
using dns::Type;
using zone::Transport;
using ByteVector = std::vector<std::uint8_t>;
using Numbers = std::vector<std::uint16_t>;

inline Name name(std::string_view text)
{
    return *Name::from_text(text);
}

/// Builds a message piece by piece without any checks, so it can be malformed in any way.
class Message
{
public:
    explicit Message(std::uint16_t flags = dns::flag::rd) : bytes_(12)
    {
        put(0, 0xBEEF);
        put(2, flags);
    }
    Message& question(std::string_view owner, Type type, std::uint16_t klass = 1)
    {
        return question(name(owner).wire(), static_cast<std::uint16_t>(type), klass);
    }
    Message& question(Bytes owner, std::uint16_t type, std::uint16_t klass = 1)
    {
        raw(owner);
        u16(type);
        u16(klass);
        return count(4, 1);
    }
    Message& record(std::size_t section, Bytes owner, std::uint16_t type, std::uint16_t klass,
                    std::uint32_t ttl, const ByteVector& data)
    {
        raw(owner);
        u16(type);
        u16(klass);
        u16(static_cast<std::uint16_t>(ttl >> 16));
        u16(static_cast<std::uint16_t>(ttl));
        u16(static_cast<std::uint16_t>(data.size()));
        raw(data);
        return count(4 + 2 * section, 1);
    }
    Message& opt(std::uint16_t size = 4096, std::uint32_t ttl = 0, const ByteVector& options = {})
    {
        return record(3, ByteVector{0}, 41, size, ttl, options);
    }
    Message& raw(Bytes bytes)
    {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        return *this;
    }
    Message& u16(std::uint16_t value)
    {
        return raw(ByteVector{static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)});
    }
    /// Adds to the count at `offset` in the header.
    Message& count(std::size_t offset, int more)
    {
        put(offset, static_cast<std::uint16_t>((bytes_[offset] << 8 | bytes_[offset + 1]) + more));
        return *this;
    }
    const ByteVector& bytes() const { return bytes_; }

private:
    void put(std::size_t offset, std::uint16_t value)
    {
        bytes_[offset] = static_cast<std::uint8_t>(value >> 8);
        bytes_[offset + 1] = static_cast<std::uint8_t>(value);
    }
    ByteVector bytes_;
};

inline Message ask(std::string_view owner, Type type)
{
    return std::move(Message{}.question(owner, type));
}

struct Record {
    std::string owner;
    std::uint16_t type = 0;
    std::uint16_t klass = 0;
    std::uint32_t ttl = 0;
    ByteVector data;
    bool is_compressed = false;
};

/// A parsed reply. A malformed reply makes the test fail.
struct Reply {
    explicit Reply(Bytes message) : size(message.size())
    {
        base::Reader in{message};
        header = dns::Header::read(in);
        for (int i = 0; i < header.questions; ++i) {
            const std::size_t start = in.position();
            Name::read(in);
            in.u32();
            const Bytes bytes = message.subspan(start, in.position() - start);
            question.assign(bytes.begin(), bytes.end());
        }
        read(in, header.answers, answers);
        read(in, header.authorities, authorities);
        read(in, header.additionals, additionals);
        EXPECT_TRUE(in.finished());
    }
    static void read(base::Reader& in, unsigned count, std::vector<Record>& to)
    {
        for (unsigned i = 0; i < count && in.ok(); ++i) {
            Record record;
            record.is_compressed = in.left() != 0 && (in.whole()[in.position()] & 0xC0) == 0xC0;
            record.owner = Name::read(in).to_text();
            record.type = in.u16();
            record.klass = in.u16();
            record.ttl = in.u32();
            const Bytes data = in.take(in.u16());
            record.data.assign(data.begin(), data.end());
            to.push_back(record);
        }
    }
    Rcode rcode() const { return static_cast<Rcode>(header.flags & 0xF); }
    bool has(std::uint16_t flag) const { return (header.flags & flag) != 0; }

    std::size_t size;
    dns::Header header;
    ByteVector question;
    std::vector<Record> answers;
    std::vector<Record> authorities;
    std::vector<Record> additionals;
};

constexpr std::uint16_t qr = 0x8000;
constexpr std::uint16_t aa = 0x0400;
constexpr std::uint16_t tc = 0x0200;
constexpr std::uint16_t rd = 0x0100;

inline const ByteVector home4 = {192, 0, 2, 1};
inline const ByteVector home6 = {0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

class AnswerTest : public testing::Test
{
protected:
    AnswerTest() { build(); }

    std::uint32_t negative_ttl = 60;

    void build(ipc::AnyPolicy any = ipc::AnyPolicy::minimal)
    {
        ipc::ResponderSetup setup;
        setup.apex = name("example.org");
        setup.name_servers = {name("ns1.example.net"), name("ns2.example.net")};
        setup.mailbox = name("host\\.master.example.org");
        setup.any = any;
        setup.negative_ttl = negative_ttl;
        zone_.emplace(setup);
        zone_->add_host({name("home.example.org"), 60, {{1, home4}, {28, home6}}});
        zone_->add_host({name("printer.lab.example.org"), 300, {{1, {192, 0, 2, 2}}}});
        zone_->add_host({name("empty.example.org"), 60, {}});
        ipc::HostSetup big{name("big.example.org"), 60, {}};
        for (std::uint8_t i = 0; i < 80; ++i) {
            big.records.push_back({1, {10, 0, 0, i}});
        }
        zone_->add_host(big);
        zone_->complete();
        zone_->set_serial(2026);
    }

    /// nullopt if there is no reply.
    std::optional<ByteVector> exchange(const ByteVector& message, Transport transport = Transport::udp)
    {
        const auto query = dns::read_query(message);
        if (!query) {
            return std::nullopt;
        }
        ByteVector room(transport == Transport::udp ? 1232 : 65535);
        last_ = zone::answer(*zone_, *query, transport, room);
        return ByteVector{last_.message.begin(), last_.message.end()};
    }
    Reply reply(const Message& message, Transport transport = Transport::udp)
    {
        const auto bytes = exchange(message.bytes(), transport);
        EXPECT_TRUE(bytes) << "no reply";
        Reply taken_apart{bytes.value_or(ByteVector(12))};
        EXPECT_EQ(taken_apart.header.id, 0xBEEF);
        EXPECT_TRUE(taken_apart.has(qr));
        EXPECT_EQ(taken_apart.header.flags & 0x00F0, 0) << "RA, Z, AD, CD";
        return taken_apart;
    }
    /// The rcode of the reply; nullopt if there is none.
    std::optional<Rcode> rcode(const ByteVector& message)
    {
        const auto bytes = exchange(message);
        return bytes ? std::optional{Reply{*bytes}.rcode()} : std::nullopt;
    }
    void expect_soa(const Reply& reply)
    {
        ASSERT_EQ(reply.authorities.size(), 1U);
        EXPECT_EQ(reply.authorities[0].type, 6);
        EXPECT_EQ(name(reply.authorities[0].owner), name("example.org"));
        EXPECT_EQ(reply.authorities[0].ttl, 60U);
    }
    void expect_nxdomain(Bytes owner)
    {
        Message message;
        message.question(owner, 1);
        const Reply got = reply(message);
        EXPECT_EQ(got.rcode(), Rcode::nxdomain);
        EXPECT_TRUE(got.has(aa));
        EXPECT_EQ(got.question, ByteVector(message.bytes().begin() + 12, message.bytes().end()));
        expect_soa(got);
    }
    void expect_nodata(std::string_view owner, Type type)
    {
        const Reply got = reply(ask(owner, type));
        EXPECT_EQ(got.rcode(), Rcode::noerror);
        EXPECT_TRUE(got.has(aa));
        EXPECT_TRUE(got.answers.empty());
        EXPECT_TRUE(last_.empty);
        expect_soa(got);
    }
    void expect_refused(const Message& message)
    {
        const Reply got = reply(message);
        EXPECT_EQ(got.rcode(), Rcode::refused);
        EXPECT_FALSE(got.has(aa));
        EXPECT_EQ(got.answers.size() + got.authorities.size(), 0U);
    }
    void expect_error(const Message& message, Rcode error)
    {
        const Reply got = reply(message);
        EXPECT_EQ(got.rcode(), error);
        EXPECT_FALSE(got.has(aa));
        EXPECT_EQ(got.answers.size() + got.authorities.size(), 0U);
    }

    std::optional<zone::Zone> zone_;
    zone::Reply last_;
};

} // namespace answer_test
