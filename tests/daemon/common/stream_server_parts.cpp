// Long replies, which are made in parts while they are sent.
#include "tests/daemon/common/stream_fixture.h"

namespace stream_test
{

namespace
{

std::string all_parts(unsigned count)
{
    std::string text = "first\n";
    for (unsigned i = 1; i <= count; ++i) {
        const std::string number = std::to_string(i);
        text += number + std::string(1000 - number.size(), '.');
    }
    return text;
}

} // namespace

TEST_F(StreamServerTest, AReplyInPartsIsSentAtOnceIfThereIsRoom)
{
    start();
    lines_.parts = 16;
    Client one = client();
    one.write("parts\nnot read\n");
    turns();
    EXPECT_EQ(one.read(20000), all_parts(16));
    EXPECT_TRUE(one.has_ended());
    EXPECT_EQ(lines_.made, 17U);
    EXPECT_EQ(lines_.calls, 1U) << "the next request is not read meanwhile";
}

// The connection holds one part, and the kernel as much as it accepts.
TEST_F(StreamServerTest, AReplyInPartsIsMadeNoFasterThanItIsRead)
{
    start();
    lines_.parts = 4000;
    Client slow = client(4096);
    slow.write("parts\n");
    turns(100);
    const unsigned first = lines_.made;
    EXPECT_LT(first, 1000U);
    turns(100);
    EXPECT_EQ(lines_.made, first);
    std::string text;
    while (text.size() < 4'000'006) {
        const std::string more = slow.read(1000);
        ASSERT_EQ(more.size(), 1000 - (text.size() == 4'000'000 ? 994 : 0));
        text += more;
        turns(2);
    }
    EXPECT_EQ(text, all_parts(4000));
    turns();
    EXPECT_TRUE(slow.has_ended());
}

TEST_F(StreamServerTest, AReplyInPartsEndsWithItsConnection)
{
    start();
    lines_.parts = 4000;
    {
        Client gone = client(4096);
        gone.write("parts\n");
        turns();
        gone.reset();
    }
    turns();
    EXPECT_EQ(server_->open_connections(), 0U);
    const unsigned made = lines_.made;
    Client slow = client(4096); // in the same slot
    slow.write("echo\n");
    turns();
    EXPECT_EQ(slow.read(5), "echo\n");
    EXPECT_EQ(lines_.made, made);
    slow.write("parts\n");
    turns();
    now_of_test += 4s;
    server_->expire(now_of_test);
    EXPECT_EQ(server_->open_connections(), 0U) << "its deadline stays the same";
}

} // namespace stream_test
