// A list of warnings, of limited length for each kind: a config may have a million hosts with the same
// mistake.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "proto/base/text.h"
#include "proto/config/errors.h"

namespace config
{

enum class Oddity : std::uint8_t {
    repeated_key,
    quotes,          ///< they are part of a token or another text
    single_quotes,   ///< in the data of a record
    comment,         ///< part of a token or another text
    short_token,     ///< easy to guess
    known_token,     ///< from the documentation
    escaped_token,   ///< changed by a client that does not escape it
    shared_token,    ///< of several hosts
    idle_key,        ///< of a static host
    empty_host,      ///< without any record
    repeated_domain, ///< in the name of a host
    covered_host,    ///< by a wildcard, while it has no address
    covered_challenge,
    short_lifetime, ///< ends before most clients report again
    local_mailbox,  ///< without a whole domain
    no_updates,     ///< neither HTTP nor HTTPS
    open_metrics    ///< on addresses that others can reach
};
inline constexpr std::size_t oddities = static_cast<std::size_t>(Oddity::open_metrics) + 1;

class Warnings
{
public:
    static constexpr std::size_t max_of_a_kind = 10;
    /// The most that move_to() inserts.
    static constexpr std::size_t max_listed = oddities * (max_of_a_kind + 1);

    /// The text must not contain a token. Its length is no secret if it is at least that of a good one.
    void add(Oddity kind, Position at, base::Pattern pattern, std::initializer_list<base::Piece> pieces = {});
    /// Inserts all, and after the last one of a kind the number of those that are not listed.
    void move_to(Errors& list);

private:
    struct Kind {
        std::vector<Error> listed;
        std::size_t unlisted = 0;
        unsigned first_unlisted = 0; ///< its line
    };
    std::array<Kind, oddities> kinds_;
};

} // namespace config
