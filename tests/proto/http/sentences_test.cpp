#include "proto/http/sentences.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <string>

#include "proto/base/text.h"
#include "proto/http/dialects/rows.h"
#include "tests/proto/http/words.h"

namespace http
{
namespace
{

bool is_printable(const std::string& text)
{
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

// inadyn and OpenWrt search a reply for these words, in any case and inside of others.
TEST(Sentences, HaveNoWordOfSuccessAndFitWithAnyValue)
{
    std::set<std::string> all;
    for (std::size_t i = 1; i < sentence_count; ++i) {
        const auto sentence = static_cast<Sentence>(i);
        const std::string text = text_of({sentence, std::string(5000, 'x')}, "");
        EXPECT_EQ(word_of_success(text), "") << text;
        EXPECT_LE(text.size(), max_sentence) << text;
        EXPECT_TRUE(is_printable(text)) << text;
        EXPECT_FALSE(text_of({sentence}, "").empty());
        all.insert(text);
    }
    EXPECT_EQ(all.size(), sentence_count - 1);
}

TEST(Sentences, ShowAtMost64BytesOfAValueAndNoneThatIsNotPrintable)
{
    EXPECT_EQ(text_of({Sentence::no_address4, std::string(64, 'x')}, ""),
              "found " + std::string(64, 'x') + ", expected an IPv4 address");
    EXPECT_EQ(text_of({Sentence::no_address4, std::string(65, 'x')}, ""),
              "found " + std::string(64, 'x') + "..., expected an IPv4 address");
    const std::string odd = text_of({Sentence::no_address4, std::string(300, '\n') + '\0'}, "");
    EXPECT_TRUE(is_printable(odd)) << odd;
    EXPECT_LE(odd.size(), max_sentence);
}

TEST(Sentences, DoNotShowAValueWithAWordOfSuccess)
{
    for (const std::string_view view : words_of_success) {
        const std::string word{view};
        const std::string text = text_of({Sentence::no_address4, "x" + word + "y"}, "");
        EXPECT_EQ(text, "found (not shown), expected an IPv4 address") << word;
        EXPECT_EQ(text_of({Sentence::no_address4, "NoChg"}, ""), text);
    }
    // the word is not in what is shown
    EXPECT_THAT(text_of({Sentence::no_address4, std::string(64, 'x') + "ok"}, ""),
                testing::HasSubstr("xxx..."));
}

TEST(Sentences, DoNotShowTheSecret)
{
    EXPECT_EQ(text_of({Sentence::no_address4, "a-secret-b"}, "secret"),
              "found (not shown), expected an IPv4 address");
    EXPECT_EQ(text_of({Sentence::no_address4, std::string(62, 'x') + "secret"}, "secret"),
              "found (not shown), expected an IPv4 address");
    EXPECT_EQ(text_of({Sentence::no_address4, "x"}, ""), "found x, expected an IPv4 address");
}

TEST(Sentences, AreLoggedWithoutTheirValue)
{
    EXPECT_EQ(text_for_log(Sentence::no_address4), "found ..., expected an IPv4 address");
    EXPECT_EQ(text_for_log(Sentence::two_prefixes), "found two different IPv6 prefixes, expected one");
}

// The words that are not sentences.
TEST(Refusals, HaveNoWordOfSuccessInAnyDialect)
{
    for (const Dialect* dialect :
         {&dialects::api, &dialects::acme_dns, &dialects::duckdns, &dialects::dyndns2, &dialects::httpreq}) {
        for (unsigned i = 1; i <= static_cast<unsigned>(Fault::unavailable); ++i) {
            const Reply reply = dialect->refusal(static_cast<Fault>(i), {});
            EXPECT_EQ(word_of_success(reply.body), "") << reply.body;
            EXPECT_TRUE(reply.status != Status::ok || dialect == &dialects::dyndns2) << reply.body;
            EXPECT_NE(reply.body, "abuse");
            EXPECT_NE(reply.body, "badagent");
        }
    }
}

} // namespace
} // namespace http
