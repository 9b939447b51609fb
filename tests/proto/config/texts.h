// Configs for tests, and their errors as one text.
#pragma once

#include <string>
#include <string_view>

#include "proto/config/config.h"

namespace config_test
{

/// The required keys, in four lines; ends in a newline.
inline constexpr std::string_view required = "[server]\n"
                                             "domain=dyn.example.org\n"
                                             "nameserver=ns.example.org\n"
                                             "email=hostmaster@example.org\n";

inline std::string with(std::string_view more)
{
    return std::string{required} + std::string{more};
}

/// One line "line:column text" per error.
inline std::string list(const std::vector<config::Error>& errors)
{
    std::string text;
    for (const auto& error : errors) {
        text +=
            std::to_string(error.at.line) + ':' + std::to_string(error.at.column) + ' ' + error.text + '\n';
    }
    return text;
}

inline std::string errors_of(std::string_view text)
{
    return list(config::parse(text).errors);
}

/// The errors of a key in line 6, after the required keys and its section.
inline std::string errors_of_key(std::string_view section, std::string_view line)
{
    return errors_of(with(std::string{section} + '\n' + std::string{line} + '\n'));
}

} // namespace config_test
