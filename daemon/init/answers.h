// What nanodnsd --init has to know, and the checks of each answer.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace init
{

/// Checked and in canonical form: names in lower case without a dot at the end. Empty optional: not given
/// yet.
struct Answers {
    std::optional<std::string> domain;
    std::optional<std::string> name_server;
    std::optional<std::string> email;
    std::optional<std::string> host; ///< below the domain; "@" is the domain itself
    std::optional<std::string> ipv4; ///< of the name server; empty text: none
    std::optional<std::string> ipv6; ///< as ipv4; one of both is not empty
};

struct Question {
    std::string_view name; ///< of its option, without the dashes
    std::optional<std::string> Answers::*answer;
    std::string_view reason; ///< sentences
    std::string_view example;
    /// The answer that an empty line stands for; null if there is none.
    std::string (*fallback)(const Answers&);
};

/// In the order in which they are asked: a check needs the answers before it.
std::span<const Question> questions() noexcept;

/// Checks an answer and stores it. Returns the reason if it is refused, and an empty text otherwise. It is
/// refused as well if the config would be valid, but with a warning.
std::string take(const Question& question, std::string_view text, Answers& answers);

} // namespace init
