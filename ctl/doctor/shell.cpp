#include "ctl/doctor/shell.h"

#include <algorithm>

#include "proto/base/text.h"

namespace ctl::doctor
{

namespace
{

bool is_plain(char c) noexcept
{
    return base::is_letter(c) || base::is_digit(c) ||
           std::string_view{"/._-@:=+,%"}.find(c) != std::string_view::npos;
}

} // namespace

std::string shell_word(std::string_view text)
{
    if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) {
        return std::string{text};
    }
    std::string result = "'";
    for (const char c : text) {
        result += c == '\'' ? std::string{"'\\''"} : std::string{c};
    }
    return result + '\'';
}

std::string drop_in(std::string_view file, const std::vector<std::string>& lines)
{
    constexpr std::string_view folder = "/etc/systemd/system/nanodnsd-dns.socket.d";
    std::string words;
    for (const std::string& line : lines) {
        base::append(words, " {}", {shell_word(line)});
    }
    return base::filled("mkdir -p {} && printf '%s\\n' '[Socket]'{} >{}/{} && systemctl daemon-reload && "
                        "systemctl restart nanodnsd-dns.socket nanodnsd.service",
                        {folder, words, folder, file});
}

} // namespace ctl::doctor
