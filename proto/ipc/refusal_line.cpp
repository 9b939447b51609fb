#include "proto/ipc/refusal_line.h"

#include <algorithm>

#include "proto/base/text.h"

namespace ipc
{

namespace
{

constexpr auto attempts = std::to_array<AttemptWords>(
    {{"an update of", "updates of"}, {"a challenge of", "challenges of"}, {"a look at", "looks at"}});

constexpr std::string_view of_account = "the account ";
constexpr std::string_view hidden = "a name without a dot";

bool is_after_dash(std::size_t at) noexcept
{
    return at == 4 || at == 6 || at == 8 || at == 10;
}

/// RFC 9562 section 4
std::string text_of_uuid(const RefusalLine::Account& uuid)
{
    std::string text;
    for (std::size_t at = 0; at < uuid.size(); ++at) {
        constexpr std::string_view digits = "0123456789abcdef";
        text += is_after_dash(at) ? "-" : "";
        text += digits[uuid[at] >> 4];
        text += digits[uuid[at] & 15];
    }
    return text;
}

/// Any other text becomes a UUID that is written differently.
RefusalLine::Account read_uuid(std::string_view text)
{
    RefusalLine::Account uuid{};
    for (std::size_t at = 0; at < uuid.size() && text.size() >= 2; ++at) {
        text.remove_prefix(is_after_dash(at) ? 1 : 0);
        const int high = text.empty() ? 0 : base::hex_digit(text[0]);
        const int low = text.size() < 2 ? 0 : base::hex_digit(text[1]);
        uuid[at] = static_cast<std::uint8_t>(std::max(high, 0) << 4 | std::max(low, 0));
        text.remove_prefix(std::min<std::size_t>(text.size(), 2));
    }
    return uuid;
}

/// Takes the text up to `end` away from `text`, and `end`. All of it if there is none.
std::string_view take_up_to(std::string_view end, std::string_view& text)
{
    const std::string_view front = text.substr(0, text.find(end));
    text.remove_prefix(std::min(front.size() + end.size(), text.size()));
    return front;
}

bool eat(std::string_view literal, std::string_view& text)
{
    const bool is_next = text.starts_with(literal);
    text.remove_prefix(is_next ? literal.size() : 0);
    return is_next;
}

/// Any other text is an update.
Attempt read_attempt(bool is_blocked, std::string_view& text)
{
    for (const Attempt attempt : {Attempt::update, Attempt::challenge, Attempt::look}) {
        const AttemptWords& words = words_of(attempt);
        if (eat(is_blocked ? words.many : words.one, text)) {
            eat(" ", text);
            return attempt;
        }
    }
    return Attempt::update;
}

std::string subject_of(const RefusalLine& line)
{
    if (line.account) {
        return std::string{of_account} + text_of_uuid(*line.account);
    }
    return line.host ? line.host->to_text() : std::string{hidden};
}

void read_subject(std::string_view text, RefusalLine& line)
{
    if (eat(of_account, text)) {
        line.account = read_uuid(text);
    } else if (text != hidden) {
        line.host = dns::Name::from_text(text);
    }
}

} // namespace

const AttemptWords& words_of(Attempt attempt) noexcept
{
    return attempts[static_cast<std::size_t>(attempt) - 1];
}

std::string to_text(const RefusalLine& line)
{
    const AttemptWords& words = words_of(line.attempt);
    const std::string subject = subject_of(line);
    const std::string client = base::to_text(line.client);
    if (line.is_blocked) {
        return base::filled("{} {} from {} are blocked: {}", {words.many, subject, client, line.reason});
    }
    return base::filled("refused {} {} from {}: {}", {words.one, subject, client, line.reason});
}

/// What was read must be written as the same line, so this need not check all of it.
std::optional<RefusalLine> read_refusal_line(std::string_view text)
{
    std::string_view left = text;
    RefusalLine line;
    line.is_blocked = !eat("refused ", left);
    line.attempt = read_attempt(line.is_blocked, left);
    read_subject(take_up_to(" from ", left), line);
    const auto client = base::parse_address(take_up_to(line.is_blocked ? " are blocked: " : ": ", left));
    line.client = client.value_or(base::Address{});
    line.reason = left;
    return client && !left.empty() && to_text(line) == text ? std::optional{std::move(line)} : std::nullopt;
}

} // namespace ipc
