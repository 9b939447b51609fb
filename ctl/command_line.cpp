#include "ctl/command_line.h"

#include <algorithm>
#include <array>

#include "ctl/commands.h"
#include "proto/base/text.h"
#include "proto/config/suggest.h"

namespace ctl
{

namespace
{

/// An option that takes no value.
struct Flag {
    std::string_view name;
    bool Invocation::*is_set;
    std::string_view of_command = {}; ///< empty: of each
};

constexpr auto flags = std::to_array<Flag>({
    {"--json", &Invocation::json},
    {"--wide", &Invocation::wide},
    {"--overdue", &Invocation::overdue, "hosts"},
    {"--refused", &Invocation::refused, "hosts"},
    {"-f", &Invocation::follow, "log"},
    {"--strict", &Invocation::strict, "doctor"},
    {"--help", &Invocation::help},
    {"-h", &Invocation::help},
    {"--version", &Invocation::version},
    {"-V", &Invocation::version},
});

/// An option that takes a value: the next argument, or the rest of this one: "-n5", "--since=7d".
struct Valued {
    std::string_view name;
    std::optional<std::string> Invocation::*value;
    std::string_view expected;
    std::string_view of_command = {}; ///< empty: of each

    bool is_word() const noexcept { return name.starts_with("--"); }
    /// Whether the argument is this option, alone or with its value.
    bool begins(std::string_view argument) const noexcept
    {
        return argument == name ||
               (is_word() ? argument.starts_with(std::string{name} + '=') : argument.starts_with(name));
    }
};

constexpr auto valued = std::to_array<Valued>({
    {"-S", &Invocation::socket, "the path of a socket"},
    {"-n", &Invocation::count, "a number of lines", "log"},
    {"--since", &Invocation::since, "a time", "log"},
});
constexpr std::string_view exec_option = "--exec";

Failure usage_error(std::string text)
{
    return {Exit::usage, std::move(text)};
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates)
{
    const std::string_view near = config::nearest(word, candidates);
    return near.empty() ? "" : base::filled("; did you mean {}?", {near});
}

Failure unknown_option(std::string_view option)
{
    std::vector<std::string_view> names{exec_option};
    for (const Flag& flag : flags) {
        if (flag.name.starts_with("--")) { // any letter is near to any other
            names.push_back(flag.name);
        }
    }
    for (const Valued& one : valued) {
        if (one.is_word()) {
            names.push_back(one.name);
        }
    }
    return usage_error(
        base::filled("there is no option {}{}", {base::escape(option), suggestion(option, names)}));
}

/// Reads the arguments one by one.
class Parser
{
public:
    explicit Parser(const std::vector<std::string>& arguments) : arguments_(arguments) {}

    std::variant<Invocation, Failure> read()
    {
        while (at_ < arguments_.size()) {
            if (auto failure = next()) {
                return *std::move(failure);
            }
        }
        if (auto failure = check()) {
            return *std::move(failure);
        }
        return std::move(result_);
    }

private:
    std::optional<Failure> next()
    {
        const std::string& word = arguments_[at_++];
        if (only_words_ || !word.starts_with('-') || word == "-") {
            words_.push_back(word);
            return std::nullopt;
        }
        if (word == "--") {
            only_words_ = true;
            return std::nullopt;
        }
        return option(word);
    }

    std::optional<Failure> option(std::string_view word)
    {
        for (const Valued& one : valued) {
            if (one.begins(word)) {
                return value(one, word);
            }
        }
        if (word == exec_option) {
            result_.program.assign(arguments_.begin() + static_cast<std::ptrdiff_t>(at_), arguments_.end());
            at_ = arguments_.size();
            has_exec_ = true;
            return std::nullopt;
        }
        const auto* const flag =
            std::find_if(flags.begin(), flags.end(), [&](const Flag& one) { return one.name == word; });
        if (flag == flags.end()) {
            return unknown_option(word);
        }
        result_.*(flag->is_set) = true;
        return std::nullopt;
    }

    std::optional<Failure> value(const Valued& option, std::string_view word)
    {
        word.remove_prefix(option.name.size());
        if (word.empty() && at_ < arguments_.size()) {
            word = arguments_[at_++];
        } else if (option.is_word() && !word.empty()) {
            word.remove_prefix(1); // the =
        }
        if (word.empty()) {
            return usage_error(base::filled("expected {} after {}", {option.expected, option.name}));
        }
        result_.*(option.value) = word;
        return std::nullopt;
    }

    std::optional<Failure> check()
    {
        const bool is_only_help = result_.help || result_.version;
        if (words_.empty()) {
            return is_only_help ? std::nullopt
                                : std::optional{usage_error("expected a command; nanodnsctl help lists all")};
        }
        result_.command = find_command(words_.front());
        if (result_.command == nullptr) {
            return unknown_command(words_.front());
        }
        if (is_only_help) {
            return std::nullopt;
        }
        result_.arguments.assign(words_.begin() + 1, words_.end());
        auto failure = check_options();
        return failure ? failure : check_arguments();
    }

    std::optional<Failure> check_options() const
    {
        const std::string_view name = result_.command->name;
        for (const Flag& flag : flags) {
            if (result_.*(flag.is_set) && !flag.of_command.empty() && flag.of_command != name) {
                return usage_error(base::filled("{} is an option of {} only", {flag.name, flag.of_command}));
            }
        }
        for (const Valued& option : valued) {
            if (result_.*(option.value) && !option.of_command.empty() && option.of_command != name) {
                return usage_error(
                    base::filled("{} is an option of {} only", {option.name, option.of_command}));
            }
        }
        if (has_exec_ && name != "watch") {
            return usage_error("--exec is an option of watch only");
        }
        if (has_exec_ && result_.program.empty()) {
            return usage_error("expected a command after --exec");
        }
        return std::nullopt;
    }

    std::optional<Failure> check_arguments() const
    {
        const Command& command = *result_.command;
        const auto& arguments = result_.arguments;
        const std::size_t count = arguments.size();
        const bool has_empty = std::find(arguments.begin(), arguments.end(), "") != arguments.end();
        if (count >= command.least && count <= command.most && !has_empty) {
            return std::nullopt;
        }
        const std::string found =
            has_empty ? "an empty argument" : base::filled("{} argument{}", {count, count == 1 ? "" : "s"});
        return usage_error(base::filled(
            "found {} for {}; usage: nanodnsctl {}{}{}",
            {found, command.name, command.name, command.arguments.empty() ? "" : " ", command.arguments}));
    }

    const std::vector<std::string>& arguments_;
    std::size_t at_ = 0;
    bool only_words_ = false;
    bool has_exec_ = false;
    std::vector<std::string> words_;
    Invocation result_;
};

} // namespace

Failure unknown_command(std::string_view word)
{
    std::vector<std::string_view> names;
    for (const Command& command : commands()) {
        names.push_back(command.name);
    }
    const std::string near = suggestion(word, names);
    return usage_error(
        base::filled("there is no command {}{}",
                     {base::escape(word), near.empty() ? "; nanodnsctl help lists all" : near}));
}

std::variant<Invocation, Failure> read_command_line(const std::vector<std::string>& arguments)
{
    return Parser{arguments}.read();
}

} // namespace ctl
