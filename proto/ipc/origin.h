// Who has updated a host, or tried to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "proto/base/address.h"
#include "proto/base/time.h"
#include "proto/ipc/dialect.h"

namespace ipc
{

/// Who set the records of a host.
struct Administrator {
    std::optional<std::uint32_t> uid;
    bool is_claimed = false; ///< by nanodnsctl: the kernel of the service's namespace does not know the uid
    static void fields(auto& m, auto& code)
    {
        code(m.uid);
        code(m.is_claimed);
    }
    friend bool operator==(const Administrator&, const Administrator&) = default;
};

/// Who updated a host last: a client by a dialect, or an administrator. All are none if nobody did yet, or if
/// that was before the state had it.
struct Origin {
    std::optional<base::Address> client;
    std::optional<Dialect> dialect;
    std::optional<Administrator> administrator;
    static void fields(auto& m, auto& code)
    {
        code(m.client);
        code(m.dialect);
        code(m.administrator);
    }
    friend bool operator==(const Origin&, const Origin&) = default;
};

/// Why an attempt was refused.
enum class RefusalReason : std::uint8_t {
    wrong_secret = 1,
    wrong_secret_or_network = 2, ///< `allow_from` is set: which of both it was is not known
    static_host = 3,
    no_challenge = 4,
    blocked = 5, ///< too many wrong secrets: this one was not checked
    private_address = 6,
    own_address = 7, ///< `require_address=yes`
    invalid_value = 8,
};
constexpr bool valid(RefusalReason reason)
{
    return reason >= RefusalReason::wrong_secret && reason <= RefusalReason::invalid_value;
}
constexpr std::string_view to_text(RefusalReason reason)
{
    constexpr std::array<std::string_view, 8> texts = {
        "wrong secret",
        "wrong secret, or not from an address in allow_from",
        "static host",
        "the host has neither acme=yes nor an acme_hash",
        "too many wrong secrets",
        "private address",
        "no address was sent, but require_address=yes",
        "a value that no host can have",
    };
    return texts[static_cast<std::size_t>(reason) - 1];
}

/// Refused attempts at a host, of which the last one is known. The keeper remembers those of the hosts that
/// were refused last, since it was started.
struct RefusedAttempts {
    std::uint32_t count = 0;
    std::uint32_t since_success = 0; ///< of these, after the last update of addresses by a client
    base::UnixTime at{};
    std::optional<base::Address> from; ///< none: the client of a proxy, which did not say whom it asks for
    Dialect dialect = Dialect::dyndns2;
    RefusalReason reason = RefusalReason::wrong_secret;
    static void fields(auto& m, auto& code)
    {
        code(m.count);
        code(m.since_success);
        code(m.at);
        code(m.from);
        code(m.dialect);
        code(m.reason);
    }
    friend bool operator==(const RefusedAttempts&, const RefusedAttempts&) = default;
};

} // namespace ipc
