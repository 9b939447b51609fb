// The lines that the keeper logs about refused attempts at hosts, and that nanodnsctl reads in the journal:
//
//   refused an update of home.dyn.example.org. from 192.0.2.9: wrong token
//   challenges of the account 0123...ef from 192.0.2.9 are blocked: too many wrong tokens; one is checked ...
//
// A name has no space, so a name that a client sends looks like no other part of the line.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/base/address.h"
#include "proto/dns/name.h"

namespace ipc
{

enum class Attempt : std::uint8_t {
    update = 1,    ///< of addresses
    challenge = 2, ///< of ACME
    look = 3,      ///< by the page for people
};

struct RefusalLine {
    using Account = std::array<std::uint8_t, 16>; ///< the user name of ACME challenges, a UUID

    /// Of the host or of the account. Both are none if the client's name may be a token at the wrong place.
    std::optional<dns::Name> host{};
    std::optional<Account> account{};
    base::Address client{};
    Attempt attempt = Attempt::update;
    bool is_blocked = false; ///< it was not checked, and neither are others for some time
    std::string reason{};    ///< the rest of the line
    friend bool operator==(const RefusalLine&, const RefusalLine&) = default;
};

/// One attempt, and more: "an update of" and "updates of".
struct AttemptWords {
    std::string_view one;
    std::string_view many;
};
const AttemptWords& words_of(Attempt attempt) noexcept;

std::string to_text(const RefusalLine& line);
/// Empty if to_text() does not write this line.
std::optional<RefusalLine> read_refusal_line(std::string_view text);

} // namespace ipc
