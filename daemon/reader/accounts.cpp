#include "daemon/reader/accounts.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <unistd.h>

#include "daemon/common/challenge_account.h"
#include "daemon/common/token_digest.h"
#include "daemon/reader/tokens.h"
#include "privsep/fail.h"
#include "privsep/random.h"
#include "proto/base/base64.h"
#include "proto/base/secret.h"
#include "proto/base/text.h"
#include "proto/config/errors.h"
#include "proto/config/names.h"

namespace reader
{

namespace
{

constexpr std::string_view challenge_label = "_acme-challenge";

dns::Name read_host(std::string_view text)
{
    const auto read = config::read_name(text);
    if (const auto* const error = std::get_if<config::ValueError>(&read)) {
        privsep::fail("invalid name: {}", {error->text});
    }
    const dns::Name name = std::get<dns::Name>(read);
    if (name.labels() < 2 || base::as_text(name.first_label()) == challenge_label) {
        privsep::fail("found {}, expected the name of a host with the domain, like home.dyn.example.org",
                      {config::shown(text)});
    }
    return name;
}

/// None of its characters needs an escape in JSON (RFC 8259 section 7).
void check_url(std::string_view url)
{
    const bool is_plain =
        std::ranges::all_of(url, [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; });
    if (!is_plain || !(url.starts_with("https://") || url.starts_with("http://"))) {
        privsep::fail("found {}, expected the URL of the server, like https://ns.example.org",
                      {config::shown(url)});
    }
}

/// RFC 9562 section 4
std::string uuid(std::span<const std::uint8_t> bytes)
{
    std::string text = base::to_hex(bytes);
    for (const std::size_t at : {20U, 16U, 12U, 8U}) {
        text.insert(at, 1, '-');
    }
    return text;
}

std::string without_dot(const dns::Name& name)
{
    std::string text = name.to_text();
    text.pop_back();
    return text;
}

} // namespace

NewAccount make_account(std::string_view name, std::string_view url)
{
    const dns::Name host = read_host(name);
    const auto challenge = host.child(challenge_label);
    if (!challenge) {
        privsep::fail("found a name that is longer than {} bytes with {} before it, expected a shorter one",
                      {dns::Name::max_wire_bytes, challenge_label});
    }
    auto random = privsep::random_bytes<std::array<std::uint8_t, 30>>();
    std::string key = base::to_base64(random, base::Base64::url_safe);
    const ipc::ChallengeAccount account = common::challenge_account(host);
    const auto hash = common::hash_token(base::as_bytes(key), privsep::random_bytes<ipc::Salt>());
    const std::string user = uuid(account.user);
    const std::string subdomain = uuid(account.subdomain);
    const std::string domain = without_dot(*challenge);
    NewAccount made;
    made.acme_hash = "acme_hash=" + to_text(hash);
    made.json.reserve(1024 + url.size()); // more would leave copies of the key in freed memory
    if (url.empty()) {
        base::append(made.json,
                     "{}\"username\":\"{}\",\"password\":\"{}\",\"fulldomain\":\"{}\",\"subdomain\":\"{}\","
                     "\"allowfrom\":[]}",
                     {"{", user, key, domain, subdomain});
    } else {
        check_url(url);
        base::append(made.json,
                     "{}\"{}\":{}\"fulldomain\":\"{}\",\"subdomain\":\"{}\",\"username\":\"{}\","
                     "\"password\":\"{}\",\"server_url\":\"{}\"}}",
                     {"{", without_dot(host), "{", domain, subdomain, user, key, url});
    }
    base::wipe(random);
    base::wipe(key);
    return made;
}

void print_account(std::string_view name, std::string_view url)
{
    NewAccount account = make_account(name, url);
    print_secret(STDOUT_FILENO, std::move(account.json));
    std::fprintf(stderr, "%s\n", account.acme_hash.c_str());
}

} // namespace reader
