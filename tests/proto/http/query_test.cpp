#include "proto/http/query.h"

#include <gtest/gtest.h>
#include <string>

namespace http
{
namespace
{

std::string value_of(std::string_view form, std::string_view name)
{
    Parameters parameters;
    EXPECT_EQ(parameters.add(form), QueryError::none) << form;
    return std::string{parameters.find(name).value_or("(none)")};
}

QueryError error_of(std::string_view form)
{
    Parameters parameters;
    return parameters.add(form);
}

TEST(Query, HasNamesAndValues)
{
    EXPECT_EQ(value_of("a=1&b=2", "a"), "1");
    EXPECT_EQ(value_of("a=1&b=2", "b"), "2");
    EXPECT_EQ(value_of("a=1&b=2", "c"), "(none)");
    EXPECT_EQ(value_of("a=", "a"), "");
    EXPECT_EQ(value_of("a=b=c", "a"), "b=c");
    EXPECT_EQ(value_of("=x", ""), "x");
}

TEST(Query, ComparesWholeNamesAndTheirCase)
{
    EXPECT_EQ(value_of("Token=1", "token"), "(none)");
    EXPECT_EQ(value_of("tokens=1&token=2", "token"), "2");
    EXPECT_EQ(value_of("token=2&tok=1", "token"), "2");
}

// As the predecessor does.
TEST(Query, UsesTheLastOfSeveralValues)
{
    EXPECT_EQ(value_of("a=1&b=x&a=2&b=y", "a"), "2");
}

// https://url.spec.whatwg.org/#urlencoded-parsing; inadyn escapes the colons of an IPv6 address.
TEST(Query, DecodesEscapesAndPlus)
{
    EXPECT_EQ(value_of("ip=2001%3adb8%3A%3a1", "ip"), "2001:db8::1");
    EXPECT_EQ(value_of("a=1+2%2B3%20", "a"), "1 2+3 ");
    EXPECT_EQ(value_of("a=%26%3D%25&b=1", "a"), "&=%");
    EXPECT_EQ(value_of("%61%3d=x", "a="), "x");
    EXPECT_EQ(value_of("a=%00%ff", "a"), std::string("\0\xFF", 2));
}

TEST(Query, DecodesOnce)
{
    EXPECT_EQ(value_of("a=%2541", "a"), "%41");
}

// RFC 3986 section 2.1
TEST(Query, RefusesAnIncompleteEscape)
{
    for (const char* form :
         {"a=%", "a=%4", "a=%4g", "a=%g4", "a=%%41", "a=% 1", "%=a", "%4", "a=1&b=%4&c=41"}) {
        EXPECT_EQ(error_of(form), QueryError::bad_escape) << form;
    }
}

TEST(Query, RefusesAnEscapeAcrossPieces)
{
    EXPECT_EQ(error_of("a=%4&1=b"), QueryError::bad_escape);
}

// https://url.spec.whatwg.org/#urlencoded-parsing
TEST(Query, AnEmptyPieceIsNothing)
{
    for (const char* form : {"", "&", "&&&"}) {
        Parameters parameters;
        EXPECT_EQ(parameters.add(form), QueryError::none) << form;
        EXPECT_EQ(parameters.count(), 0U) << form;
    }
    for (const char* form : {"a=1&b=2&", "&a=1&b=2", "a=1&&b=2"}) {
        Parameters parameters;
        EXPECT_EQ(parameters.add(form), QueryError::none) << form;
        EXPECT_EQ(parameters.count(), 2U) << form;
        EXPECT_EQ(parameters.find("b"), "2") << form;
    }
}

TEST(Query, ANameAloneHasAnEmptyValue)
{
    EXPECT_EQ(value_of("a", "a"), "");
    EXPECT_EQ(value_of("a=1&b", "b"), "");
    EXPECT_EQ(value_of("b&a=1", "b"), "");
    EXPECT_EQ(value_of("a=1&a", "a"), "");
    EXPECT_EQ(value_of("a%3D1", "a=1"), "");
    EXPECT_EQ(value_of("=", ""), "");
}

TEST(Query, NamesItsParametersInOrder)
{
    Parameters parameters;
    EXPECT_EQ(parameters.add("b=1&%61&b=2"), QueryError::none);
    ASSERT_EQ(parameters.count(), 3U);
    EXPECT_EQ(parameters.name(0), "b");
    EXPECT_EQ(parameters.name(1), "a");
    EXPECT_EQ(parameters.name(2), "b");
}

TEST(Query, HasAtMost64Parameters)
{
    std::string form = "a=0";
    for (std::size_t i = 1; i < Parameters::max_count; ++i) {
        form += "&a=" + std::to_string(i);
    }
    EXPECT_EQ(value_of(form, "a"), "63");
    EXPECT_EQ(error_of(form + "&&"), QueryError::none);
    EXPECT_EQ(error_of(form + "&a=64"), QueryError::too_many);
}

TEST(Query, AddsASecondForm)
{
    Parameters parameters;
    EXPECT_EQ(parameters.add("a=" + std::string(100, '1') + "&b=2"), QueryError::none);
    EXPECT_EQ(parameters.add("b=3&c=%34"), QueryError::none);
    EXPECT_EQ(parameters.count(), 4U);
    EXPECT_EQ(parameters.find("a"), std::string(100, '1'));
    EXPECT_EQ(parameters.find("b"), "3");
    EXPECT_EQ(parameters.find("c"), "4");
}

} // namespace
} // namespace http
