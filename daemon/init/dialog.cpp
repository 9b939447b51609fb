#include "daemon/init/dialog.h"

#include <array>
#include <cstdio>
#include <optional>
#include <unistd.h>

#include "proto/base/text.h"

namespace init
{

namespace
{

void say(base::Pattern pattern, std::initializer_list<base::Piece> pieces)
{
    std::fputs(base::filled(pattern, pieces).c_str(), stderr);
}

/// A terminal gives one line for each read(2). Empty optional at the end of the input.
std::optional<std::string> read_line()
{
    std::array<char, 4096> line{}; // the longest line that a terminal gives: termios(3)
    const ssize_t size = ::read(STDIN_FILENO, line.data(), line.size());
    if (size <= 0) {
        return std::nullopt;
    }
    std::string text{line.data(), static_cast<std::size_t>(size)};
    while (text.ends_with('\n')) {
        text.pop_back();
    }
    return text;
}

bool ask_for(const Question& question, Answers& answers)
{
    const std::string fallback = question.fallback != nullptr ? question.fallback(answers) : "";
    const std::string shown = fallback.empty() ? "" : base::filled(" [{}]", {fallback});
    say("\n{}\nExample: {}\n", {question.reason, question.example});
    while (true) {
        say("{}{}: ", {question.name, shown});
        const auto line = read_line();
        if (!line) {
            say("\n", {});
            return false;
        }
        const std::string error = take(question, line->empty() ? fallback : *line, answers);
        if (error.empty()) {
            return true;
        }
        say("{}\n", {error});
    }
}

} // namespace

std::string missing(Answers& answers)
{
    const auto has = [](const std::optional<std::string>& address) { return address && !address->empty(); };
    if (has(answers.ipv4) || has(answers.ipv6)) {
        answers.ipv4 = answers.ipv4.value_or("");
        answers.ipv6 = answers.ipv6.value_or("");
    }
    std::string list;
    for (const Question& question : questions()) {
        if (!(answers.*question.answer)) {
            const bool is_second = question.answer == &Answers::ipv6 && !answers.ipv4;
            base::append(list, "{}--{}", {list.empty() ? "" : (is_second ? " or " : ", "), question.name});
        }
    }
    return list;
}

bool ask(const std::string& config, Answers& answers)
{
    say("This writes {}. Ctrl-C ends it, and nothing is written.\n", {config});
    Answers checked; // a check needs the answers before it, and options may be without them
    for (const Question& question : questions()) {
        std::optional<std::string>& answer = answers.*question.answer;
        const std::string error = answer ? take(question, *answer, checked) : "";
        if (!error.empty()) {
            say("\n--{}: {}\n", {question.name, error});
        }
        answer = checked.*question.answer;
        if (!answer && !ask_for(question, checked)) {
            return false;
        }
        answer = checked.*question.answer;
    }
    say("\n", {});
    return true;
}

} // namespace init
