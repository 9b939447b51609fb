// Configs for tests, and what is wrong with them in one piece.
#pragma once

#include <string>
#include <string_view>

#include "proto/config/config.h"

namespace config_test
{

/// All that is required, in four lines; ends in a newline.
inline constexpr std::string_view required = "[server]\n"
                                             "domain=dyn.example.org\n"
                                             "nameserver=ns.example.org\n"
                                             "email=hostmaster@example.org\n";

inline std::string with(std::string_view more)
{
    return std::string{required} + std::string{more};
}

/// "line:column text" an error, each ended; empty where there is none.
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

/// Of a key that follows what is required, in line 6 behind its section.
inline std::string errors_of_key(std::string_view section, std::string_view line)
{
    return errors_of(with(std::string{section} + '\n' + std::string{line} + '\n'));
}

} // namespace config_test
