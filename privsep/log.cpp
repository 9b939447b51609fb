#include "privsep/log.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <unistd.h>

namespace privsep
{

namespace
{

struct Settings {
    const char* process = "nanodnsd";
    bool journal = false;
    unsigned verbosity = 0;
};

constinit Settings settings; // one log a process, like its stderr

} // namespace

void log_as(const char* process, bool journal, unsigned verbosity) noexcept
{
    settings = {process, journal, verbosity};
}

bool log_shows(Level level) noexcept
{
    return static_cast<unsigned>(level) <= static_cast<unsigned>(Level::notice) + settings.verbosity;
}

void log(Level level, std::string_view text) noexcept
{
    if (!log_shows(level)) {
        return;
    }
    std::array<char, 1100> line{}; // the text, the longest prefix and the line end
    std::size_t size = 0;
    const auto append = [&](std::string_view part, std::size_t limit) {
        for (const char c : part.substr(0, limit)) {
            line[size++] = (c >= ' ' && c != '\x7F') || c == '\t' ? c : '?';
        }
    };
    if (settings.journal) {
        const std::array<char, 3> prefix{'<', static_cast<char>('0' + static_cast<char>(level)), '>'};
        append({prefix.data(), prefix.size()}, prefix.size());
    }
    append(settings.process, 60);
    append(": ", 2);
    append(text, 1000);
    line[size++] = '\n';
    // a log that can not be written is nothing that anyone could be told of
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), size);
}

void LogLimit::log(Level level, std::string_view text, std::int64_t now_ms) noexcept
{
    constexpr std::int64_t period_ms = 10000;
    if (!log_shows(level)) {
        return;
    }
    if (now_ms - period_start_ms_ >= period_ms) {
        if (left_out_ != 0) {
            std::array<char, 64> said{};
            const int size =
                std::snprintf(said.data(), said.size(), "%u lines of this kind were left out", left_out_);
            privsep::log(level, {said.data(), static_cast<std::size_t>(size)});
        }
        period_start_ms_ = now_ms;
        used_ = 0;
        left_out_ = 0;
    }
    if (used_ == burst_) {
        ++left_out_;
        return;
    }
    ++used_;
    privsep::log(level, text);
}

} // namespace privsep
