#include "proto/ipc/refusal_line.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace
{

/// Lines as the keeper writes them.
const std::vector<std::string> lines_of_refusals = {
    "refused an update of home.dyn.example.org. from 192.0.2.9: wrong token",
    "refused a challenge of home.dyn.example.org. from 2001:db8::: wrong key",
    "refused an update of a name without a dot from 192.0.2.9: unknown host",
    "refused a challenge of the account 01234567-89ab-cdef-0123-456789abcdef from 192.0.2.9: unknown account",
    "refused an update of home. from 192.0.2.9: unknown host; did you mean home.dyn.example.org?",
    "updates of home.dyn.example.org. from 2001:db8::9 are blocked: too many wrong tokens; one is checked "
    "every 10 s",
    "refused a look at home.dyn.example.org. from 192.0.2.9: wrong token",
    "looks at home.dyn.example.org. from 192.0.2.9 are blocked: too many wrong tokens; one is checked every "
    "10 s",
    "challenges of a name without a dot from 192.0.2.9 are blocked: too many wrong tokens from 192.0.2.0/24; "
    "one is checked every 1 s",
};

TEST(RefusalLine, IsReadAsWhatWasWritten)
{
    for (const std::string& text : lines_of_refusals) {
        const auto line = ipc::read_refusal_line(text);
        ASSERT_TRUE(line) << text;
        EXPECT_EQ(ipc::to_text(*line), text);
    }
}

TEST(RefusalLine, HasItsValues)
{
    const auto line = ipc::read_refusal_line(lines_of_refusals.at(1));
    ASSERT_TRUE(line);
    EXPECT_EQ(line->host, dns::Name::from_text("home.dyn.example.org"));
    EXPECT_EQ(line->client, *base::parse_address("2001:db8::"));
    EXPECT_EQ(line->attempt, ipc::Attempt::challenge);
    EXPECT_FALSE(line->is_blocked);
    EXPECT_EQ(line->reason, "wrong key");
    const auto hidden = ipc::read_refusal_line(lines_of_refusals.at(2));
    EXPECT_FALSE(hidden->host || hidden->account);
    EXPECT_EQ(ipc::read_refusal_line(lines_of_refusals.at(3))->account->back(), 0xEF);
    const auto blocked = ipc::read_refusal_line(lines_of_refusals.at(5));
    EXPECT_TRUE(blocked->is_blocked);
    EXPECT_EQ(blocked->reason, "too many wrong tokens; one is checked every 10 s");
}

// A client chooses the name of the host, which may have any bytes.
TEST(RefusalLine, IsReadWithANameThatLooksLikeAPartOfALine)
{
    ipc::RefusalLine line = *ipc::read_refusal_line(lines_of_refusals.front());
    for (const char* label :
         {"x from 192.0.2.1: y", "a name without a dot", "the account x", "from", ": ", "\\"}) {
        std::array<std::uint8_t, 66> wire{};
        const std::string text = label;
        wire[0] = static_cast<std::uint8_t>(text.size());
        std::copy(text.begin(), text.end(), wire.begin() + 1);
        base::Reader in{wire};
        line.host = dns::Name::read(in);
        ASSERT_TRUE(in.ok());
        EXPECT_EQ(ipc::read_refusal_line(ipc::to_text(line)), line) << ipc::to_text(line);
    }
}

TEST(RefusalLine, IsNoOtherLineOfTheLog)
{
    for (const char* text : {"", " ", "refused", "refused an update of home. from 192.0.2.9: ",
                             "refused an update of home. from 192.0.2.9",
                             "refused an update of home from 192.0.2.9: wrong token",
                             "refused an update of home. from nobody: wrong token",
                             "refused updates of home. from 192.0.2.9: wrong token",
                             "refused an update of the account 0123 from 192.0.2.9: wrong key",
                             "updates of home. from 192.0.2.9: wrong token",
                             "home.dyn.example.org. A 192.0.2.7, by dyndns2 from 192.0.2.7, serial 3",
                             "reload refused, the old configuration stays in force"}) {
        EXPECT_FALSE(ipc::read_refusal_line(text)) << text;
    }
}

} // namespace
