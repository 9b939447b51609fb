#include "proto/http/sentences.h"

#include <algorithm>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <sstream>
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

/// The items of the list in "Reasons of refusals" of nanodnsd(8).
std::set<std::string> sentences_of_manual()
{
    std::ifstream page{TEST_SOURCE_DIR "/daemon/nanodnsd.8"};
    std::set<std::string> found;
    std::string item;
    bool is_in_list = false;
    for (std::string line; std::getline(page, line) && line != ".hy";) {
        const bool is_text = !line.starts_with('.');
        if (is_in_list && is_text) {
            item += (item.empty() ? "" : " ") + line;
        } else if (is_in_list && !item.empty()) {
            const std::size_t quote = item.find("\\(aq");
            found.insert(quote == std::string::npos ? item : item.replace(quote, 4, "'"));
            item.clear();
        }
        is_in_list = is_in_list || line == ".nh";
    }
    return found;
}

// A user who searches the manual for the words of a reply finds them.
TEST(Sentences, AreInTheManualAndNoOther)
{
    std::set<std::string> all;
    for (std::size_t i = 1; i < sentence_count; ++i) {
        all.insert(text_for_log(static_cast<Sentence>(i)));
    }
    EXPECT_EQ(sentences_of_manual(), all);
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

TEST(Refusals, HaveTheirWordsInTheManual)
{
    std::ostringstream page;
    page << std::ifstream{TEST_SOURCE_DIR "/daemon/nanodnsd.8"}.rdbuf();
    for (const Dialect* dialect :
         {&dialects::api, &dialects::acme_dns, &dialects::duckdns, &dialects::dyndns2, &dialects::httpreq}) {
        for (unsigned i = 1; i <= static_cast<unsigned>(Fault::unavailable); ++i) {
            std::string word = dialect->refusal(static_cast<Fault>(i), {}).body;
            if (word.starts_with("{\"error\":\"")) {
                word = word.substr(10, word.size() - 12);
            }
            EXPECT_TRUE(word.empty() || page.str().find("Ql " + word) != std::string::npos) << word;
        }
    }
}

} // namespace
} // namespace http
