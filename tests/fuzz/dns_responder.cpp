// Properties of the whole answer path, over both transports: a message is answered if and only if it is a
// query; every reply can be parsed, is not longer than allowed, and is never a reply to a reply; over the
// rate limit every second reply is sent, without records and only slightly longer than the query; a client
// that sends a cookie option always gets a cookie then, and one with a valid cookie always the same reply
// until it is truncated.
#include "daemon/responder/answerer.h"

#include <memory>
#include <optional>

#include "tests/fuzz/dns_reply.h"

namespace
{

using fuzz::require;
using ByteVector = std::vector<std::uint8_t>;

constexpr dns::CookieTime wall = 1'700'000'000;
constexpr unsigned limit = 1; // replies a second
const base::SipKey secret{7};
const base::Address client = *base::parse_address("192.0.2.7");

std::unique_ptr<responder::Answerer> make_answerer(ipc::AnyPolicy any, ipc::CookiePolicy cookies)
{
    responder::Policy policy{limit, cookies, {secret}, std::string(64, 'n'), base::Seconds{3}};
    return std::make_unique<responder::Answerer>(fuzz::make_zone(any), policy, base::SipKey{1});
}

/// Replaces a server cookie of the right size by a valid one, which no fuzzer input would contain.
bool make_cookie_good(ByteVector& message)
{
    const auto query = dns::read_query(message);
    if (!query || !query->edns || !query->edns->cookie || query->edns->cookie->server.size() != 16) {
        return false;
    }
    const dns::ServerCookie good = dns::make_server_cookie(secret, *query->edns->cookie, client, wall);
    std::copy(good.begin(), good.end(),
              message.begin() + (query->edns->cookie->server.data() - message.data()));
    return true;
}

class Asking
{
public:
    Asking(responder::Answerer& answerer, const ByteVector& message, bool is_cut, base::Uptime now)
        : answerer_(answerer), message_(message), is_cut_(is_cut), now_(now), query_(dns::read_query(message))
    {
    }

    /// Empty if no reply is sent.
    ByteVector udp(fuzz::Checked& checked)
    {
        static ByteVector room(1232);
        const base::Bytes reply = answerer_.answer_udp({message_, is_cut_, client, now_, wall}, room);
        require(query_ || reply.empty());
        if (!reply.empty()) {
            checked = fuzz::check(message_, *query_, reply, true);
            require(!is_cut_ || checked.rcode != 0 || (checked.flags & 0x0200) != 0);
        }
        return {reply.begin(), reply.end()};
    }
    void tcp()
    {
        static ByteVector room(65535);
        const base::Bytes reply = answerer_.answer_tcp({message_, false, client, now_, wall}, room);
        require(query_.has_value() == !reply.empty());
        if (query_) {
            require(fuzz::check(message_, *query_, reply, false).rcode != 23); // RFC 7873 section 5.2.3
        }
    }
    void often_with_a_good_cookie()
    {
        fuzz::Checked checked;
        const ByteVector first = udp(checked);
        require(!first.empty() && checked.rcode != 23);
        for (unsigned i = 0; i < 2 * limit; ++i) {
            require(udp(checked) == first || ((checked.flags & 0x0200) != 0 && checked.records == 0));
        }
    }
    void often_without()
    {
        constexpr std::size_t options = 4 + 16 + 4 + 64 + 6; // the server's cookie, NSID, extended error
        fuzz::Checked checked;
        for (unsigned i = 0; i < limit; ++i) {
            require(query_.has_value() == !udp(checked).empty());
        }
        const bool can_learn = query_ && query_->edns && query_->edns->cookie && query_->question &&
                               query_->error == dns::Rcode::noerror && !is_cut_;
        for (unsigned i = 0; i < 2; ++i) {
            const ByteVector reply = udp(checked);
            require(!reply.empty() == (query_.has_value() && (can_learn || i % 2 == 1)));
            require(!can_learn || (checked.rcode == 23 && reply.size() <= message_.size() + 16));
            require(reply.empty() || (checked.records == 0 && reply.size() <= message_.size() + options));
            require(reply.empty() || checked.rcode == 23 || (checked.flags & 0x0200) != 0);
        }
    }

private:
    responder::Answerer& answerer_;
    const ByteVector& message_;
    bool is_cut_;
    base::Uptime now_;
    std::optional<dns::Query> query_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const auto relaxed = make_answerer(ipc::AnyPolicy::minimal, ipc::CookiePolicy::relaxed);
    static const auto strict = make_answerer(ipc::AnyPolicy::all, ipc::CookiePolicy::strict);
    static base::Uptime now{};
    if (size == 0) {
        return 0;
    }
    now += base::Seconds{8}; // each input starts with a full token bucket: a reply takes five tokens at most
    ByteVector message(data + 1, data + size);
    message.shrink_to_fit();
    const bool good_cookie = (data[0] & 2) != 0 && make_cookie_good(message);
    Asking asking{(data[0] & 1) != 0 ? *relaxed : *strict, message, (data[0] & 4) != 0, now};
    if (good_cookie) {
        asking.often_with_a_good_cookie();
    } else {
        asking.often_without();
    }
    asking.tcp();
    return 0;
}
