// Properties: a cookie option is accepted if and only if its length is allowed; a server cookie that was made
// for a client and a time is valid for them; it is invalid if any byte is changed; no other cookie is valid.
#include "proto/dns/cookie.h"

#include <cstdlib>
#include <vector>

namespace
{

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr dns::CookieTime now = 1'700'000'000;
    const base::SipKey secret{1, 2, 3};
    const base::Address client = *base::parse_address("192.0.2.7");
    const auto read = dns::CookieOption::read({data, size});
    require(read.has_value() == (size == 8 || (size >= 16 && size <= 40)));
    if (!read) {
        return 0;
    }
    require(read->server.size() == size - 8);
    require(dns::check_server_cookie({&secret, 1}, *read, client, now) == dns::CookieStatus::none);

    const dns::ServerCookie made = dns::make_server_cookie(secret, *read, client, now);
    std::vector<std::uint8_t> whole(read->client.begin(), read->client.end());
    whole.insert(whole.end(), made.begin(), made.end());
    const auto status = [&] {
        return dns::check_server_cookie({&secret, 1}, *dns::CookieOption::read(whole), client, now);
    };
    require(status() == dns::CookieStatus::valid);
    whole[data[0] % whole.size()] ^= 0x10;
    require(status() == dns::CookieStatus::none);
    return 0;
}
