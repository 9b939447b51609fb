// A hostile updater-tls and the real keyholder: the test holds the other end of their channel.
// hostile_peers.cpp has the list of all attacks.
#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <poll.h>

#include "proto/ipc/control.h"
#include "proto/ipc/handshake.h"
#include "proto/ipc/update.h"
#include "tests/daemon/keyholder/contents.h"
#include "tests/sandbox/hostile_records.h"
#include "tests/sandbox/locked_child.h"
#include "tests/support/process.h"
#include "tests/support/send_descriptors.h"

namespace
{

using ipc::SignatureScheme;
using keyholder_test::Content;
using privsep::Channel;
using privsep::Transfer;
using sandbox::ByteVector;
using sandbox::LockedChild;
using sandbox::NamedRecord;
using sandbox::record_of;

constexpr std::size_t growth = 262144; // bytes

ByteVector asking(const Content& content, SignatureScheme scheme = SignatureScheme::ecdsa_sha256,
                  std::uint32_t id = 1)
{
    return record_of<ipc::UpdaterToKeyholder>(ipc::Sign{ipc::RequestId{id}, scheme, content});
}

bool can(const Channel& channel, short events)
{
    pollfd wait{channel.get(), events, 0};
    return ::poll(&wait, 1, static_cast<int>(std::chrono::milliseconds{support::patience}.count())) == 1;
}

/// Records that are no request, with all that is wrong in one alone, and the empty one.
std::vector<NamedRecord> bad_requests()
{
    const ByteVector good = asking(keyholder_test::tls13_content());
    std::vector<NamedRecord> records{{"nothing", {}}, {"60000 bytes", ByteVector(60000, 1)}};
    const auto add = [&](const std::string& name, std::size_t at, unsigned value) {
        records.push_back({name + ' ' + std::to_string(value), good});
        records.back().bytes.at(at) = static_cast<std::uint8_t>(value);
    };
    for (unsigned tag = 0; tag < 256; ++tag) {
        if (tag != ipc::Sign::tag) {
            add("tag", 0, tag);
        }
    }
    constexpr std::size_t scheme = 1 + 4; // after the tag and the id
    for (const unsigned number : {0x00U, 0x02U, 0x05U, 0x09U, 0xFFU}) {
        add("scheme", scheme + 1, number);
    }
    for (const unsigned number : {0x00U, 0x02U, 0x03U, 0x07U, 0xFFU}) { // 0x0203: ECDSA with SHA-1
        add("hash of the scheme", scheme, number);
    }
    for (const unsigned length : {0U, 1U, 129U, 131U, 255U}) {
        add("length of the content", scheme + 3, length);
    }
    add("length of the content", scheme + 2, 255);
    for (std::size_t size = 1; size < good.size(); ++size) {
        records.push_back({"cut at " + std::to_string(size), good});
        records.back().bytes.resize(size);
    }
    for (const std::size_t more : {std::size_t{1}, ipc::max_record}) {
        records.push_back({std::to_string(more) + " bytes too many", good});
        records.back().bytes.resize(good.size() + more);
    }
    records.push_back(
        {"a proposal", record_of<ipc::UpdaterToKeeper>(sandbox::propose("home", "secret", 66))});
    records.push_back({"Quit", record_of<ipc::SupervisorToChild>(ipc::Quit{})});
    records.push_back({"Attach", record_of<ipc::SupervisorToChild>(ipc::Attach{ipc::Role::updater_tls, 0})});
    return records;
}

/// Contents that no server signs.
std::map<std::string, Content> foreign_contents()
{
    std::map<std::string, Content> contents{
        {"nothing", {}},
        {"a digest", Content(32, 7)},
        {"spaces alone", Content(ipc::max_signed_content, ' ')},
        {"P-384", keyholder_test::tls12_content(24, 97)},
        {"a point that is too short", keyholder_test::tls12_content(29, 31)},
        {"a point that is too long", keyholder_test::tls12_content(23, 66)},
        {"a hash of 20 bytes", keyholder_test::tls13_content(20)},
        {"a hash of 64 bytes", keyholder_test::tls13_content(64)},
        {"more than is ever signed", Content(900, ' ')},
    };
    Content of_client = keyholder_test::tls13_content(); // a server's identity must not be a client's
    const std::string client = "TLS 1.3, client CertificateVerify";
    std::copy(client.begin(), client.end(), of_client.begin() + 64);
    contents["a client's CertificateVerify"] = of_client;
    Content explicit_curve = keyholder_test::tls12_x25519();
    explicit_curve[64] = 1;
    contents["explicit parameters"] = explicit_curve;
    Content compressed = keyholder_test::tls12_p256();
    compressed[68] = 2;
    contents["a compressed point"] = compressed;
    return contents;
}

class HostileUpdaterTls : public testing::Test
{
protected:
    void SetUp() override
    {
        testing::internal::CaptureStderr();
        keyholder_.emplace("keyholder");
    }
    void TearDown() override
    {
        keyholder_.reset();
        testing::internal::GetCapturedStderr();
    }

    Channel& channel() { return keyholder_->peer(0); }
    void attach()
    {
        auto [ours, theirs] = Channel::pair();
        ASSERT_EQ(keyholder_->control().send(ipc::Attach{ipc::Role::updater_tls, 0}, theirs.get()),
                  Transfer::done);
        channel() = std::move(ours);
    }
    /// The answer to one request; none if the channel is closed.
    std::optional<ipc::Signed> answer()
    {
        ByteVector room(ipc::max_record);
        if (!can(channel(), POLLIN)) {
            return std::nullopt;
        }
        const auto message = ipc::decode<ipc::KeyholderToUpdater>(channel().receive_record(room).record);
        return message ? std::optional{std::get<ipc::Signed>(*message)} : std::nullopt;
    }
    /// Whether such a request is answered with a signature.
    bool is_signed(const ByteVector& request)
    {
        EXPECT_EQ(channel().send_record(request), Transfer::done);
        const auto answered = answer();
        EXPECT_TRUE(answered);
        return answered && !answered->signature.empty();
    }
    bool is_disconnected()
    {
        ByteVector room(ipc::max_record);
        return can(channel(), POLLIN) && channel().receive_record(room).transfer == Transfer::closed;
    }
    void expect_reported()
    {
        const auto heard = keyholder_->hear();
        const auto* report = heard ? std::get_if<ipc::PeerReport>(&*heard) : nullptr;
        ASSERT_NE(report, nullptr);
        EXPECT_EQ(report->role, ipc::Role::updater_tls);
    }
    void expect_at_work()
    {
        EXPECT_TRUE(is_signed(asking(keyholder_test::tls13_content())));
        EXPECT_TRUE(is_signed(asking(keyholder_test::tls12_x25519())));
        EXPECT_TRUE(keyholder_->answers());
    }

    std::optional<LockedChild> keyholder_;
};

TEST_F(HostileUpdaterTls, IsDisconnectedForEachInvalidRecord)
{
    for (const auto& [name, record] : bad_requests()) {
        SCOPED_TRACE(name);
        ASSERT_EQ(channel().send_record(record), Transfer::done);
        EXPECT_TRUE(is_disconnected());
        if (!record.empty()) { // looks like the end of the channel
            expect_reported();
        }
        ASSERT_TRUE(keyholder_->answers());
        attach();
    }
    expect_at_work();
}

TEST_F(HostileUpdaterTls, GetsNoSignatureOfWhatIsNotOfAHandshake)
{
    for (const auto& [name, content] : foreign_contents()) {
        for (const auto scheme : {SignatureScheme::ecdsa_sha256, SignatureScheme::ecdsa_sha384}) {
            EXPECT_FALSE(is_signed(asking(content, scheme))) << name;
        }
    }
    expect_at_work();
}

// The key is of P-256.
TEST_F(HostileUpdaterTls, GetsNoSignatureOfAnotherAlgorithm)
{
    for (const unsigned number : {0x0401U, 0x0501U, 0x0601U, 0x0804U, 0x0805U, 0x0806U, 0x0807U}) {
        for (const Content& content : {keyholder_test::tls13_content(), keyholder_test::tls12_p256()}) {
            EXPECT_FALSE(is_signed(asking(content, static_cast<SignatureScheme>(number)))) << number;
        }
    }
    EXPECT_FALSE(is_signed(asking(keyholder_test::tls13_content(), SignatureScheme::ecdsa_sha384)));
    expect_at_work();
}

TEST_F(HostileUpdaterTls, GetsEachAnswerWithTheIdOfItsRequest)
{
    for (const std::uint32_t id : {0U, 7U, 7U, 0xFFFFFFFFU}) {
        ASSERT_EQ(
            channel().send_record(asking(keyholder_test::tls13_content(), SignatureScheme::ecdsa_sha256, id)),
            Transfer::done);
        const auto answered = answer();
        ASSERT_TRUE(answered);
        EXPECT_EQ(answered->id, ipc::RequestId{id});
    }
}

// However long the flood takes: each second has room for so many.
TEST_F(HostileUpdaterTls, GetsNoMoreSignaturesThanHandshakesAreAccepted)
{
    constexpr std::size_t requests = std::size_t{4} * ipc::max_signatures_a_second;
    const ByteVector request = asking(keyholder_test::tls13_content());
    const auto begin = std::chrono::steady_clock::now();
    std::size_t sent = 0;
    std::size_t made = 0;
    for (std::size_t answered = 0; answered < requests; ++answered) {
        while (sent < requests && sent < answered + 64 && channel().send_record(request) == Transfer::done) {
            ++sent;
        }
        const auto next = answer();
        ASSERT_TRUE(next);
        made += next->signature.empty() ? 0U : 1U;
    }
    const auto took = std::chrono::steady_clock::now() - begin;
    const auto seconds =
        static_cast<std::size_t>(std::chrono::duration_cast<std::chrono::seconds>(took).count());
    EXPECT_GE(made, ipc::max_signatures_a_second);
    EXPECT_LE(made, (seconds + 2) * ipc::max_signatures_a_second);
    EXPECT_TRUE(keyholder_->answers());
}

TEST_F(HostileUpdaterTls, CanSendWithoutReadingAndHarmsOnlyItself)
{
    expect_at_work(); // its first signature needs memory
    const std::size_t before = keyholder_->private_memory();
    const ByteVector request = asking(keyholder_test::tls13_content());
    for (std::size_t sent = 0; sent < 20000;) {
        if (channel().send_record(request) == Transfer::done) {
            ++sent;
        } else {
            ASSERT_TRUE(keyholder_->answers());
        }
    }
    EXPECT_TRUE(keyholder_->answers());
    EXPECT_LE(keyholder_->private_memory(), before + growth);
}

TEST_F(HostileUpdaterTls, LeavesNoDescriptorBehind)
{
    const std::size_t before = keyholder_->descriptors();
    for (const std::size_t count : {1U, 2U, 200U}) {
        auto [ours, theirs] = Channel::pair();
        ASSERT_TRUE(support::send_with_descriptors(channel().get(), asking(keyholder_test::tls13_content()),
                                                   theirs.get(), count));
        theirs = Channel{};
        ByteVector room(ipc::max_record);
        EXPECT_TRUE(can(ours, POLLIN));
        EXPECT_EQ(ours.receive_record(room).transfer, Transfer::closed) << "a process holds the other end";
        EXPECT_TRUE(is_disconnected());
        expect_reported();
        attach();
        expect_at_work();
    }
    EXPECT_EQ(keyholder_->descriptors(), before);
}

} // namespace
