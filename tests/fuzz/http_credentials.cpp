// Properties: a secret that was read is read again as the same secret when it is written as Basic, as a
// parameter or as Bearer; a parameter goes before the field; Basic alone is never more than all schemes.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "proto/base/base64.h"
#include "proto/base/bytes.h"
#include "proto/base/text.h"
#include "proto/http/credentials.h"

namespace
{

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

http::Secret read(const std::string& authorization, const std::string& form)
{
    http::Request request;
    request.authorization = authorization;
    http::Parameters parameters;
    return parameters.add(form) == http::QueryError::none ? http::secret_of(request, parameters)
                                                          : http::NoSecret{};
}

bool is(const http::Secret& secret, std::string_view expected)
{
    const auto* token = std::get_if<base::Token>(&secret);
    return token != nullptr && base::as_text(token->bytes()) == expected;
}

std::string escaped(std::string_view text)
{
    std::string result;
    for (const char c : text) {
        result += '%' + base::to_hex(base::as_bytes({&c, 1}));
    }
    return result;
}

void check(const base::Token& token)
{
    const std::string_view text = base::as_text(token.bytes());
    require(!text.empty() && text.size() <= base::Token::max_bytes);
    const std::string pair = "user:" + std::string{text};
    const std::string basic = "basic " + base::to_base64(base::as_bytes(pair), base::Base64::standard);
    require(is(read(basic, ""), text));
    require(is(read("Bearer x", "token=" + escaped(text)), text));
    require(is(read("Basic !", "password=" + escaped(text) + "&token="), text));
    if (text.front() != ' ' &&
        text.front() != '\t') { // RFC 9110 section 5.5: a value does not begin with them
        require(is(read("Bearer " + std::string{text}, ""), text));
    }
}

} // namespace

// The first line is the field Authorization, the rest is a form.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = base::as_text({data, size});
    const std::string authorization{text.substr(0, text.find('\n'))};
    const std::string form{text.substr(std::min(authorization.size() + 1, size))};
    const http::Secret secret = read(authorization, form);
    if (const auto* token = std::get_if<base::Token>(&secret)) {
        check(*token);
    }
    http::Request request;
    request.authorization = authorization;
    const http::Secret basic = http::basic_secret_of(request);
    if (!std::holds_alternative<http::NoSecret>(basic)) {
        const http::Secret field = read(authorization, "");
        require(field.index() == basic.index());
        check(std::holds_alternative<base::Token>(basic) ? std::get<base::Token>(basic)
                                                         : *base::Token::from("x"));
    }
    return 0;
}
