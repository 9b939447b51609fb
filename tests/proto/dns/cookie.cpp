#include "proto/dns/cookie.h"

#include <gtest/gtest.h>
#include <string_view>
#include <vector>

#include "proto/base/text.h"

namespace
{

using dns::CookieOption;
using dns::CookieStatus;

std::vector<std::uint8_t> bytes(std::string_view hex)
{
    std::vector<std::uint8_t> result;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        result.push_back(
            static_cast<std::uint8_t>(base::hex_digit(hex[i]) * 16 + base::hex_digit(hex[i + 1])));
    }
    return result;
}

base::SipKey key(std::string_view hex)
{
    base::SipKey result{};
    const auto from = bytes(hex);
    std::copy(from.begin(), from.end(), result.begin());
    return result;
}

CookieOption cookie(const std::vector<std::uint8_t>& option)
{
    return CookieOption::read(option).value();
}

const base::SipKey secret = key("e5e973e5a6b2a43f48e7dc849e37bfcf");
const base::Address resolver = *base::parse_address("198.51.100.100");

// RFC 9018 appendix A.1 to A.4
TEST(ServerCookie, MatchesTheVectorsOfTheRfc)
{
    const auto first = cookie(bytes("2464c4abcf10c957"));
    EXPECT_EQ(base::to_hex(dns::make_server_cookie(secret, first, resolver, 1559731985)),
              "010000005cf79f111f8130c3eee29480");

    const auto old = bytes("2464c4abcf10c957010000005cf79f111f8130c3eee29480");
    EXPECT_EQ(dns::check_server_cookie({&secret, 1}, cookie(old), resolver, 1559734385),
              CookieStatus::needs_renewal);
    EXPECT_EQ(base::to_hex(dns::make_server_cookie(secret, cookie(old), resolver, 1559734385)),
              "010000005cf7a871d4a564a1442aca77");

    // its reserved bytes are not zero
    const auto another = bytes("fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5");
    const base::Address other = *base::parse_address("203.0.113.203");
    EXPECT_EQ(dns::check_server_cookie({&secret, 1}, cookie(another), other, 1559727985),
              CookieStatus::valid);
    EXPECT_EQ(base::to_hex(dns::make_server_cookie(secret, cookie(another), other, 1559734700)),
              "010000005cf7a9acf73a7810aca2381e");

    const base::SipKey new_secret = key("445536bcd2513298075a5d379663c962");
    const base::SipKey old_secret = key("dd3bdf9344b678b185a6f5cb60fca715");
    const base::Address six = *base::parse_address("2001:db8:220:1:59de:d0f4:8769:82b8");
    const auto over_six = bytes("22681ab97d52c298010000005cf7c57926556bd0934c72f8");
    EXPECT_EQ(dns::check_server_cookie({&old_secret, 1}, cookie(over_six), six, 1559741817),
              CookieStatus::valid);
    EXPECT_EQ(base::to_hex(dns::make_server_cookie(new_secret, cookie(over_six), six, 1559741961)),
              "010000005cf7c609a6bb79d16625507a");
}

TEST(ServerCookie, IsAcceptedForAnHourAndUpToFiveMinutesInTheFuture)
{
    constexpr dns::CookieTime made = 1000000;
    auto option = bytes("2464c4abcf10c957");
    const auto server = dns::make_server_cookie(secret, cookie(option), resolver, made);
    option.insert(option.end(), server.begin(), server.end());
    const auto status_at = [&](dns::CookieTime now) {
        return dns::check_server_cookie({&secret, 1}, cookie(option), resolver, now);
    };
    EXPECT_EQ(status_at(made), CookieStatus::valid);
    EXPECT_EQ(status_at(made + 1800), CookieStatus::valid);
    EXPECT_EQ(status_at(made + 1801), CookieStatus::needs_renewal);
    EXPECT_EQ(status_at(made + 3600), CookieStatus::needs_renewal);
    EXPECT_EQ(status_at(made + 3601), CookieStatus::none);
    EXPECT_EQ(status_at(made - 300), CookieStatus::valid);
    EXPECT_EQ(status_at(made - 301), CookieStatus::none);
    EXPECT_EQ(status_at(made + 0x80000000U), CookieStatus::none);
}

// 32-bit time wraps in 2106; the arithmetic of RFC 1982 still works then.
TEST(ServerCookie, IsAcceptedAcrossTheWrapOfItsClock)
{
    auto option = bytes("2464c4abcf10c957");
    const auto server = dns::make_server_cookie(secret, cookie(option), resolver, 0xFFFFFFF0U);
    option.insert(option.end(), server.begin(), server.end());
    EXPECT_EQ(dns::check_server_cookie({&secret, 1}, cookie(option), resolver, 0x10), CookieStatus::valid);
}

TEST(ServerCookie, IsRefusedIfAnyBitDiffers)
{
    constexpr dns::CookieTime now = 1559731985;
    auto option = bytes("2464c4abcf10c957010000005cf79f111f8130c3eee29480");
    ASSERT_EQ(dns::check_server_cookie({&secret, 1}, cookie(option), resolver, now), CookieStatus::valid);
    for (std::size_t bit = 0; bit < option.size() * 8; ++bit) {
        auto changed = option;
        changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1U << bit % 8);
        EXPECT_EQ(dns::check_server_cookie({&secret, 1}, cookie(changed), resolver, now), CookieStatus::none);
    }
    EXPECT_EQ(
        dns::check_server_cookie({&secret, 1}, cookie(option), *base::parse_address("198.51.100.101"), now),
        CookieStatus::none);
    const std::array two{key("00000000000000000000000000000000"), secret};
    EXPECT_EQ(dns::check_server_cookie(two, cookie(option), resolver, now), CookieStatus::valid)
        << "rollover";
    EXPECT_EQ(dns::check_server_cookie({two.data(), 1}, cookie(option), resolver, now), CookieStatus::none);
}

// RFC 7873 section 5.2.2
TEST(CookieOption, HasEightOrSixteenToFortyBytes)
{
    for (std::size_t size = 0; size <= 64; ++size) {
        const std::vector<std::uint8_t> option(size);
        EXPECT_EQ(CookieOption::read(option).has_value(), size == 8 || (size >= 16 && size <= 40)) << size;
    }
}

} // namespace
