#include "proto/http/credentials.h"

#include <gtest/gtest.h>
#include <string>

#include "proto/base/base64.h"

namespace http
{
namespace
{

/// The secret, "(none)" or "(impossible)".
std::string shown(const Secret& secret)
{
    if (const auto* token = std::get_if<base::Token>(&secret)) {
        return std::string{base::as_text(token->bytes())};
    }
    return std::holds_alternative<NoSecret>(secret) ? "(none)" : "(impossible)";
}

Request request_with(std::string_view authorization)
{
    Request request;
    request.authorization = authorization;
    return request;
}

std::string secret_in(const std::string& form, std::string_view authorization = "")
{
    Parameters parameters;
    EXPECT_EQ(parameters.add(form), QueryError::none);
    return shown(secret_of(request_with(authorization), parameters));
}

std::string basic(const std::string& pair)
{
    const std::string text = base::to_base64(base::as_bytes(pair), base::Base64::standard);
    return "Basic " + text + std::string((4 - text.size() % 4) % 4, '=');
}

TEST(Credentials, AreTheFirstThatAreNotEmpty)
{
    EXPECT_EQ(secret_in("password=p&token=t", "Bearer b"), "t");
    EXPECT_EQ(secret_in("token=&password=p", "Bearer b"), "p");
    EXPECT_EQ(secret_in("token=&password=", "Bearer b"), "b");
    EXPECT_EQ(secret_in("token=t", basic("user:p")), "t");
    EXPECT_EQ(secret_in("", basic("user:p")), "p");
    EXPECT_EQ(secret_in("username=u"), "(none)");
    EXPECT_EQ(secret_in("token=&password=", basic("user:")), "(none)");
}

// The names of parameters have a case.
TEST(Credentials, AreInNoOtherParameter)
{
    EXPECT_EQ(secret_in("Token=t&PASSWORD=p&pass=q"), "(none)");
}

// RFC 9110 section 11.1: scheme names ignore case.
TEST(Credentials, HaveASchemeInAnyCase)
{
    EXPECT_EQ(secret_in("", "bEaReR  b"), "b");
    EXPECT_EQ(secret_in("", "TOKEN t t"), "t t");
    EXPECT_EQ(secret_in("", "token\tt"), "t");
    EXPECT_EQ(secret_in("", "BASIC dXNlcjpw"), "p");
    EXPECT_EQ(secret_in("", "basic dXNlcjpw"), "p");
}

TEST(Credentials, OfAnotherSchemeAreNone)
{
    for (const char* field : {"", "Basic", "Basic ", "Bearer", "Token", "Digest username=\"u\"",
                              "Basic2 dXNlcjpw", "dXNlcjpw", "Negotiate dXNlcjpw"}) {
        EXPECT_EQ(secret_in("", field), "(none)") << field;
    }
    EXPECT_EQ(shown(secret_of(Request{}, Parameters{})), "(none)");
}

// RFC 7617 section 2: the first colon ends the user name. It may be empty.
TEST(Credentials, OfBasicFollowTheFirstColon)
{
    EXPECT_EQ(secret_in("", basic("user:a:b& =%")), "a:b& =%");
    EXPECT_EQ(secret_in("", basic(":p")), "p");
    EXPECT_EQ(secret_in("", basic(std::string{"u:\0\xFF", 4})), (std::string{"\0\xFF", 2}));
}

// RFC 4648 section 3.2
TEST(Credentials, OfBasicMayLackTheirPadding)
{
    EXPECT_EQ(secret_in("", "Basic dTpwcQ=="), "pq");
    EXPECT_EQ(secret_in("", "Basic dTpwcQ"), "pq");
    EXPECT_EQ(secret_in("", "Basic dTpwcXI="), "pqr");
    EXPECT_EQ(secret_in("", "Basic dTpwcXI"), "pqr");
}

TEST(Credentials, ThatAreNoBase64OfAPairOpenNothing)
{
    for (const char* text : {"=", "==", "====", "dTpwcQ=", "dTpwcQ===", "dTpw====", "dTpwcXI==", "dTpwcQ==x",
                             "d", "dTp w", "dTpw!A", "dTpwcR", "dXNlcg", "u:p"}) {
        EXPECT_EQ(secret_in("", "Basic " + std::string{text}), "(impossible)") << text;
    }
}

// One secret a request: the next one is not tried.
TEST(Credentials, ThatNoHostCanHaveOpenNothing)
{
    const std::string longest(base::Token::max_bytes, 'x');
    EXPECT_EQ(secret_in("token=" + longest), longest);
    EXPECT_EQ(secret_in("token=x" + longest + "&password=p", "Bearer b"), "(impossible)");
    EXPECT_EQ(secret_in("", "Bearer " + longest), longest);
    EXPECT_EQ(secret_in("", "Bearer x" + longest), "(impossible)");
    EXPECT_EQ(secret_in("", basic("u:" + longest)), longest);
    EXPECT_EQ(secret_in("", basic("u:x" + longest)), "(impossible)");
}

TEST(Credentials, OfBasicAloneAreNothingElse)
{
    EXPECT_EQ(shown(basic_secret_of(request_with("Basic dXNlcjpw"))), "p");
    EXPECT_EQ(shown(basic_secret_of(request_with("Basic !"))), "(impossible)");
    EXPECT_EQ(shown(basic_secret_of(request_with("Bearer p"))), "(none)");
    EXPECT_EQ(shown(basic_secret_of(request_with("Token p"))), "(none)");
    EXPECT_EQ(shown(basic_secret_of(Request{})), "(none)");
}

} // namespace
} // namespace http
