#include "daemon/updater_tls/keyholder_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>

namespace
{

using ipc::RequestId;
using ipc::SignatureScheme;
using ipc::Signed;
using testing::ElementsAre;
using testing::IsEmpty;
using updater_tls::KeyholderLink;

using Keyholder = privsep::TypedChannel<ipc::KeyholderToUpdater, ipc::UpdaterToKeyholder>;

/// A link whose patience is over at once, and the other end of its channel. Answers are sent in advance.
class KeyholderLinkTest : public testing::Test
{
protected:
    KeyholderLinkTest() : KeyholderLinkTest(privsep::Channel::pair()) {}

    std::vector<std::uint8_t> sign() { return link.sign(SignatureScheme::ed25519, content_); }
    /// The next request's id; none if there is none.
    std::optional<RequestId> request()
    {
        std::optional<ipc::UpdaterToKeyholder> message;
        keyholder.receive(message);
        return message ? std::optional{std::get<ipc::Sign>(*message).id} : std::nullopt;
    }

    Keyholder keyholder;
    KeyholderLink link;

private:
    explicit KeyholderLinkTest(std::pair<privsep::Channel, privsep::Channel> ends)
        : keyholder(std::move(ends.first)),
          link(KeyholderLink::Channel{std::move(ends.second)}, std::chrono::milliseconds{0})
    {
    }

    std::vector<std::uint8_t> content_{1, 2, 3};
};

TEST_F(KeyholderLinkTest, TakesTheAnswerToItsRequest)
{
    keyholder.send(Signed{RequestId{1}, {7, 8}});
    EXPECT_THAT(sign(), ElementsAre(7, 8));
    EXPECT_EQ(request(), RequestId{1});
}

TEST_F(KeyholderLinkTest, HasNoSignatureIfItIsRefused)
{
    keyholder.send(Signed{RequestId{1}, {}});
    EXPECT_THAT(sign(), IsEmpty());
    keyholder.send(Signed{RequestId{2}, {9}});
    EXPECT_THAT(sign(), ElementsAre(9));
}

TEST_F(KeyholderLinkTest, AsksForNoMoreUntilALateAnswerIsThere)
{
    EXPECT_THAT(sign(), IsEmpty());
    EXPECT_EQ(request(), RequestId{1});
    EXPECT_THAT(sign(), IsEmpty());
    EXPECT_EQ(request(), std::nullopt);
    keyholder.send(Signed{RequestId{1}, {7}}); // late
    keyholder.send(Signed{RequestId{2}, {8}});
    EXPECT_THAT(sign(), ElementsAre(8));
    EXPECT_EQ(request(), RequestId{2});
}

TEST_F(KeyholderLinkTest, FailsAtOnceWithoutAKeyholderAndGoesOnWithTheNext)
{
    keyholder.close();
    EXPECT_THAT(sign(), IsEmpty());
    auto [theirs, ours] = privsep::Channel::pair();
    keyholder = Keyholder{std::move(theirs)};
    link.attach(KeyholderLink::Channel{std::move(ours)});
    for (std::uint32_t id = 1; id <= 3; ++id) {
        keyholder.send(Signed{RequestId{id}, {5}});
    }
    EXPECT_THAT(sign(), ElementsAre(5));
}

} // namespace
