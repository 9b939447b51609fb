#include "proto/http/json.h"

#include <array>
#include <gtest/gtest.h>
#include <string>

#include "tests/proto/http/words.h"

namespace http
{
namespace
{

/// The values of `a` and `b`, "-" for one that is missing, or the error.
std::string values(std::string_view text)
{
    std::array<JsonField, 2> fields{JsonField{"a"}, JsonField{"b"}};
    if (const auto error = read_json(text, fields)) {
        return to_text(*error);
    }
    return fields[0].value.value_or("-") + ' ' + fields[1].value.value_or("-");
}

/// The decoded string, or the error.
std::string decoded(const std::string& string)
{
    std::array<JsonField, 1> fields{JsonField{"a"}};
    const auto error = read_json("{\"a\":\"" + string + "\"}", fields);
    return error ? to_text(*error) : fields[0].value.value_or("(no string)");
}

std::string with_members(std::size_t count, const std::string& value)
{
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += (text.empty() ? "{\"x\":" : ",\"x\":") + value;
    }
    return text + '}';
}

TEST(Json, HasTheStringsThatAreWanted)
{
    EXPECT_EQ(values(R"({"a":"x","b":"y"})"), "x y");
    EXPECT_EQ(values(R"({"b":"y","a":""})"), " y");
    EXPECT_EQ(values(" {\t\"a\" :\r\n\"x\" , \"b\": \"y\"\n} \n"), "x y");
    EXPECT_EQ(values("{}"), "- -");
    EXPECT_EQ(values(" { } "), "- -");
}

// Older Go clients send `SubDomain` and `Txt`.
TEST(Json, HasNamesInAnyCase)
{
    EXPECT_EQ(values(R"({"A":"x"})"), "x -");
    EXPECT_EQ(values(R"({"\u0041":"x"})"), "x -");
}

TEST(Json, MayHaveOtherMembersWithPlainValues)
{
    EXPECT_EQ(values(R"({"c":"x","a":"y","d":true,"e":false,"f":null})"), "y -");
    EXPECT_EQ(values(R"({"c":1,"d":"x","c":2,"a":"y"})"), "y -");
    for (const char* number : {"0", "-0", "12", "-1.50", "1e5", "1E+05", "0.1e-1"}) {
        EXPECT_EQ(values("{\"c\":" + std::string{number} + ",\"a\":\"x\"}"), "x -") << number;
    }
}

TEST(Json, HasNoStringWhereAWantedValueIsAnotherOne)
{
    EXPECT_EQ(values(R"({"a":5,"b":null})"), "- -");
}

// RFC 8259 section 7
TEST(Json, HasDecodedStrings)
{
    EXPECT_EQ(decoded(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
    EXPECT_EQ(decoded(R"(\u0041\u00e4\u20AC\uD83D\uDE00x)"), "A\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80x");
    EXPECT_EQ(decoded(R"(\u0000)"), (std::string{"\0", 1}));
    EXPECT_EQ(decoded(R"(\udbff\udfff\ud800\udc00\ud7ff\ue000)"),
              "\xF4\x8F\xBF\xBF\xF0\x90\x80\x80\xED\x9F\xBF\xEE\x80\x80");
    EXPECT_EQ(decoded("\xC3\xA4\x7F"), "\xC3\xA4\x7F");
}

TEST(Json, SaysWhereAStringIsWrong)
{
    EXPECT_EQ(decoded(R"(\x)"), "bad JSON at byte 8: bad escape");
    EXPECT_EQ(decoded(R"(\u00)"), "bad JSON at byte 11: bad escape");
    EXPECT_EQ(decoded(R"(\u00g0)"), "bad JSON at byte 11: bad escape");
    for (const char* half : {R"(\ud800)", R"(\udc00)", R"(\ud800\ud800)", R"(\ud800x)", R"(\ud800\n)",
                             R"(\udc00\ud800)", R"(\ud800\u0041)", R"(\ud800\u00)"}) {
        EXPECT_TRUE(decoded(half).ends_with(": half of a surrogate pair")) << half << decoded(half);
    }
    EXPECT_EQ(decoded("x\ny"), "bad JSON at byte 8: a control character must be escaped");
    EXPECT_EQ(decoded(std::string{"\0", 1}), "bad JSON at byte 7: a control character must be escaped");
}

TEST(Json, SaysWhereItIsWrong)
{
    EXPECT_EQ(values(""), "bad JSON at byte 1: expected an object");
    EXPECT_EQ(values("a=b"), "bad JSON at byte 1: expected an object");
    EXPECT_EQ(values(R"(["a"])"), "bad JSON at byte 1: expected an object");
    EXPECT_EQ(values("{"), "bad JSON at byte 2: expected the name of a member in double quotes");
    EXPECT_EQ(values("{a:1}"), "bad JSON at byte 2: expected the name of a member in double quotes");
    EXPECT_EQ(values(R"({"a":"x",})"), "bad JSON at byte 10: expected the name of a member in double quotes");
    EXPECT_EQ(values(R"({,"a":"x"})"), "bad JSON at byte 2: expected the name of a member in double quotes");
    EXPECT_EQ(values(R"({"a" "x"})"), "bad JSON at byte 6: expected a colon");
    EXPECT_EQ(values(R"({"a":"x" "b":"y"})"),
              "bad JSON at byte 10: expected a comma or the end of the object");
    EXPECT_EQ(values(R"({"a":"x")"), "bad JSON at byte 9: expected a comma or the end of the object");
    EXPECT_EQ(values(R"({"a":"x)"), "bad JSON at byte 8: the end is missing");
    EXPECT_EQ(values("{\"a\":\"x\\"), "bad JSON at byte 9: bad escape");
    EXPECT_EQ(values(R"({"a":})"), "bad JSON at byte 6: expected a value");
    EXPECT_EQ(values(R"({"a":"x"}})"), "bad JSON at byte 10: expected nothing after the object");
    EXPECT_EQ(values("{}" + std::string(1, '\0')), "bad JSON at byte 3: expected nothing after the object");
}

TEST(Json, HasNoOtherWordsOrNumbers)
{
    for (const char* value : {"tru", "True", "nul", "NaN", "-", "+1", ".5", "1.", "1e", "1e+", "-a", "'x'"}) {
        EXPECT_TRUE(values("{\"c\":" + std::string{value} + "}").find(": expected a value") !=
                    std::string::npos)
            << value;
    }
    EXPECT_EQ(values(R"({"c":01})"), "bad JSON at byte 7: expected a comma or the end of the object");
}

TEST(Json, IsFlat)
{
    const std::string why = "expected a value that is neither an object nor an array";
    EXPECT_EQ(values(R"({"a":{"b":"x"}})"), "bad JSON at byte 6: " + why);
    EXPECT_EQ(values(R"({"c":[],"a":"x"})"), "bad JSON at byte 6: " + why);
}

TEST(Json, HasAWantedMemberOnce)
{
    EXPECT_EQ(values(R"({"a":"x","A":"x"})"), "bad JSON at byte 10: this member is there twice");
    EXPECT_EQ(values(R"({"a":1,"a":"x"})"), "bad JSON at byte 8: this member is there twice");
}

TEST(Json, HasAtMostEightMembers)
{
    EXPECT_EQ(values(with_members(max_json_members, "1")), "- -");
    EXPECT_EQ(values(with_members(max_json_members + 1, "1")), "bad JSON at byte 50: more than 8 members");
}

TEST(Json, HasStringsOfAtMost512Bytes)
{
    const std::string longest(max_json_string, 'x');
    EXPECT_EQ(decoded(longest), longest);
    EXPECT_TRUE(decoded(longest + "x").ends_with("more than 512 bytes of text"));
    EXPECT_TRUE(values("{\"" + longest + "x\":1}").ends_with("more than 512 bytes of text"));
    EXPECT_TRUE(values("{\"c\":\"" + longest + "x\"}").ends_with("more than 512 bytes of text"));
    EXPECT_EQ(decoded(longest.substr(1) + R"(\u0041)"), longest.substr(1) + "A");
}

TEST(Json, IsWrittenWithoutWhiteSpace)
{
    EXPECT_EQ(json_object({}), "{}");
    EXPECT_EQ(json_object({{"fqdn", "_acme-challenge.a.example."}, {"value", ""}}),
              R"({"fqdn":"_acme-challenge.a.example.","value":""})");
    EXPECT_EQ(json_object({{"a", "\"\\/\n\x1F\xC3\xA4"}}), "{\"a\":\"\\\"\\\\/\\u000a\\u001f\xC3\xA4\"}");
}

// Clients search a reply for words of success.
TEST(Json, HasErrorsThatNoClientTakesForASuccess)
{
    for (const std::string& text :
         {std::string{}, std::string{"{"}, std::string{R"({"a")"}, std::string{R"({"a":)"},
          std::string{R"({"a":[)"}, std::string{R"({"a":")"}, std::string{R"({"a":"\x)"},
          std::string{"{\"a\":\"\n"}, std::string{R"({"a":"\ud800)"}, std::string{R"({"a":1,"a":1)"},
          std::string{R"({"a":1)"}, std::string{"{}{"}, with_members(9, "1"),
          "{\"a\":\"" + std::string(513, 'x')}) {
        const std::string error = values(text);
        EXPECT_TRUE(error.starts_with("bad JSON at byte ")) << text;
        EXPECT_EQ(word_of_success(error), "") << error;
        EXPECT_LE(error.size(), 200U);
    }
}

} // namespace
} // namespace http
