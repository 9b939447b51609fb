// The sentences of refusals: what was found, and what to send. All are here, so that a test can read them
// all: clients search a reply for words of success, and a sentence must have none of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace http
{

enum class Sentence : std::uint8_t {
    none = 0,
    // the request
    bad_escape,
    too_many_parameters,
    no_form,
    // hosts
    no_host,
    bad_host,
    too_many_hosts,
    single_label, ///< its value: the whole name
    outside_zone, ///< its value: the zone
    // addresses
    no_address,
    no_address4,
    no_address6,
    length_of_address4,
    zone_index,
    impossible_address,
    lone_identifier,
    two_addresses4,
    two_addresses6,
    misnamed_address,  ///< its value: the parameter's name
    misplaced_address, ///< in a parameter with another name
    // prefixes
    no_prefix,
    bad_length,
    glued_suffix,
    two_prefixes,
    // the client's own address
    own_unreachable, ///< its value: the address
    own_unknown,
    own_unshown, ///< the same, in the reply that is to show it
    own_not_4,
    own_not_6,
    own_not_prefix,
    // what a host does not accept
    private_address,
    own_refused,
    // challenges
    bad_challenge,
    misplaced_challenge,
    raw_mode,
};
inline constexpr std::size_t sentence_count = static_cast<std::size_t>(Sentence::raw_mode) + 1;

inline constexpr std::size_t max_sentence = 200;   ///< bytes, all of them printable ASCII
inline constexpr std::size_t max_shown_value = 64; ///< bytes of a value in a sentence, before "..."

/// What is wrong with a request.
struct Problem {
    Sentence sentence = Sentence::none;
    std::string value{}; ///< as it was sent, or in ASCII, for a sentence with a value
};

/// The sentence with its value. A value that the client sent may be a secret at a wrong place. It is only
/// shown if it has the characters of an address or of a name, and no part of it is as long as a token. No
/// value is shown that has the secret in it, or a word by which a client would take the reply for a success.
/// `secret`: empty, or that of the request.
std::string text_of(const Problem& problem, std::string_view secret);
/// The sentence with "..." for its value: a value may be a secret at a wrong place, so the log has none.
std::string text_for_log(Sentence sentence);

/// Update clients search a reply for these, in any case, also inside other words.
inline constexpr auto words_of_success =
    std::to_array<std::string_view>({"ok", "good", "true", "success", "nochg", "updated", "unchanged"});
bool has_word_of_success(std::string_view text);

} // namespace http
