// Property: a cookie option is read if and only if its length may be; a server cookie that was made is good
// for its client and its time, and not with any one byte changed; what was not made is good for nobody.
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
    require(dns::check_server_cookie({&secret, 1}, *read, client, now) == dns::CookieWorth::none);

    const dns::ServerCookie made = dns::make_server_cookie(secret, *read, client, now);
    std::vector<std::uint8_t> whole(read->client.begin(), read->client.end());
    whole.insert(whole.end(), made.begin(), made.end());
    const auto worth = [&] {
        return dns::check_server_cookie({&secret, 1}, *dns::CookieOption::read(whole), client, now);
    };
    require(worth() == dns::CookieWorth::valid);
    whole[data[0] % whole.size()] ^= 0x10;
    require(worth() == dns::CookieWorth::none);
    return 0;
}
