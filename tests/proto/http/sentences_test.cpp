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

/// The items of the list in "Reasons of refusals" of nanodnsd-update(7).
std::set<std::string> sentences_of_manual()
{
    std::ifstream page{TEST_SOURCE_DIR "/daemon/nanodnsd-update.7"};
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
        std::string value; // is shown, whatever the sentence's value is
        for (int j = 0; j < 2500; ++j) {
            value += "1.";
        }
        const std::string text = text_of({sentence, value}, "");
        EXPECT_EQ(text.find("(not shown)"), std::string::npos) << text;
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
    EXPECT_EQ(text_of({Sentence::no_address4, std::string(64, '.')}, ""),
              "found " + std::string(64, '.') + ", expected an IPv4 address");
    EXPECT_EQ(text_of({Sentence::no_address4, std::string(65, '.')}, ""),
              "found " + std::string(64, '.') + "..., expected an IPv4 address");
    const std::string odd = text_of({Sentence::no_address4, std::string(300, '\n') + '\0'}, "");
    EXPECT_TRUE(is_printable(odd)) << odd;
    EXPECT_LE(odd.size(), max_sentence);
}

TEST(Sentences, DoNotShowAValueWithAWordOfSuccess)
{
    for (const std::string_view view : words_of_success) {
        const std::string word{view};
        const std::string text = text_of({Sentence::bad_host, "x" + word + "y"}, "");
        EXPECT_EQ(text, "found (not shown), expected the name of a host") << word;
        EXPECT_EQ(text_of({Sentence::bad_host, "NoChg"}, ""), text);
    }
    // the word is not in what is shown
    EXPECT_THAT(text_of({Sentence::bad_host, std::string(64, '.') + "ok"}, ""),
                testing::HasSubstr("......,"));
}

TEST(Sentences, DoNotShowTheSecret)
{
    EXPECT_EQ(text_of({Sentence::bad_host, "a-secret-b"}, "secret"),
              "found (not shown), expected the name of a host");
    EXPECT_EQ(text_of({Sentence::bad_host, std::string(62, '.') + "secret"}, "secret"),
              "found (not shown), expected the name of a host");
    EXPECT_EQ(text_of({Sentence::no_address4, "192.0.2.1/24"}, "2.1"),
              "found (not shown), expected an IPv4 address");
    EXPECT_EQ(text_of({Sentence::outside_zone, "example.org"}, "org"),
              "the name is outside the zone (not shown): send a name inside of it");
}

std::string found(Sentence sentence, const std::string& value)
{
    const std::string text = text_of({sentence, value}, "");
    return text.substr(6, text.find(", ") - 6);
}

// A client may have swapped fields, so any value may be a secret.
TEST(Sentences, ShowOnlyAValueThatLooksLikeAnAddressOrAName)
{
    for (const std::string shown : {"192.0.2.1/24", "2001:DB8::1 192.0.2.1", "2001:db8::/641234:5"}) {
        EXPECT_EQ(found(Sentence::no_address, shown), shown);
    }
    for (const std::string hidden :
         {"x", "%IP%", "12345678", "cafe", "192.0.2.x", "fe80::1%eth0", "::0f6b2c1d9a7e4f33", "p:&", ""}) {
        EXPECT_EQ(found(Sentence::no_address, hidden), "(not shown)") << hidden;
    }
    for (const std::string shown : {"a..b", "A-_9.", "..", "a..0f6b2c1d9a7e4f3"}) {
        EXPECT_EQ(found(Sentence::bad_host, shown), shown);
    }
    for (const std::string hidden :
         {"a..0f6b2c1d9a7e4f33", "0f6b2c1d9a7e4f33..a", "a:..b", "a..b c", "a..\\000"}) {
        EXPECT_EQ(found(Sentence::bad_host, hidden), "(not shown)") << hidden;
    }
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
    page << std::ifstream{TEST_SOURCE_DIR "/daemon/nanodnsd-update.7"}.rdbuf();
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

// tests/peers/manuals.py runs the examples.
TEST(Dialects, HaveAnExampleInTheManual)
{
    std::ostringstream page;
    page << std::ifstream{TEST_SOURCE_DIR "/daemon/nanodnsd-update.7"}.rdbuf();
    for (const Dialect* dialect :
         {&dialects::api, &dialects::acme_dns, &dialects::duckdns, &dialects::dyndns2, &dialects::httpreq,
          &dialects::own_address, &dialects::health}) {
        for (const std::string_view path : dialect->path_ends) {
            EXPECT_TRUE(path.empty() || page.str().find("$server" + std::string{path}) != std::string::npos)
                << path;
        }
    }
}

} // namespace
} // namespace http
