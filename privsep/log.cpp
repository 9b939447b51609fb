#include "privsep/log.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/text.h"

namespace privsep
{

namespace
{

struct Settings {
    const char* process = "nanodnsd";
    bool journal = false;
    unsigned verbosity = 0;
};

constinit Settings settings; // global like stderr
constinit unsigned lost = 0; // lines since the last successful write

/// False if there was no room. Other errors are treated the same way: they cannot be reported.
bool write_line(const char* line, std::size_t size) noexcept
{
    return ::write(STDERR_FILENO, line, size) >= 0;
}

void report_lost_lines() noexcept
{
    std::array<char, 120> line{};
    const int size =
        std::snprintf(line.data(), line.size(), "%s%s: %u log lines were lost: the reader is too slow\n",
                      settings.journal ? "<4>" : "", settings.process, lost);
    if (write_line(line.data(), static_cast<std::size_t>(size))) {
        lost = 0;
    }
}

} // namespace

void lose_lines_rather_than_wait() noexcept
{
    struct stat about {
    };
    if (::fstat(STDERR_FILENO, &about) != 0) {
        return;
    }
    if (S_ISSOCK(about.st_mode)) {
        ::fcntl(STDERR_FILENO, F_SETFL, ::fcntl(STDERR_FILENO, F_GETFL) | O_NONBLOCK);
    } else if (S_ISFIFO(about.st_mode) || S_ISCHR(about.st_mode)) {
        // opened again: O_NONBLOCK must not change for other processes that write there
        const int own = ::open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (own >= 0) {
            ::dup2(own, STDERR_FILENO);
            ::close(own);
        }
    }
}

void log_as(const char* process, bool journal, unsigned verbosity) noexcept
{
    settings = {process, journal, verbosity};
}

void set_verbosity(unsigned verbosity) noexcept
{
    settings.verbosity = verbosity;
}

bool log_shows(Level level) noexcept
{
    return static_cast<unsigned>(level) <= static_cast<unsigned>(Level::notice) + settings.verbosity;
}

void log(Level level, base::Pattern pattern, std::initializer_list<base::Piece> pieces) noexcept
{
    if (log_shows(level)) {
        log_text(level, base::filled(pattern, pieces));
    }
}

void log_text(Level level, std::string_view text) noexcept
{
    if (!log_shows(level)) {
        return;
    }
    constexpr std::size_t room = 100; // for the longest prefix and the line end
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): only what is written is read
    std::array<char, longest_text + room> line;
    const int prefix =
        settings.journal
            ? std::snprintf(line.data(), room, "<%u>%.60s: ", static_cast<unsigned>(level), settings.process)
            : std::snprintf(line.data(), room, "%.60s: ", settings.process);
    auto size = static_cast<std::size_t>(prefix);
    for (const char c : text.substr(0, longest_text)) {
        line[size++] = (c >= ' ' && c != '\x7F') || c == '\t' ? c : '?';
    }
    line[size++] = '\n';
    if (lost != 0) {
        report_lost_lines();
    }
    lost += write_line(line.data(), size) ? 0U : 1U;
}

void LogLimit::log(Level level, std::string_view text, std::int64_t now_ms) noexcept
{
    constexpr std::int64_t period_ms = 10000;
    if (!log_shows(level)) {
        return;
    }
    if (now_ms - period_start_ms_ >= period_ms) {
        if (suppressed_ != 0) {
            privsep::log(level, "{} similar lines were suppressed", {suppressed_});
        }
        period_start_ms_ = now_ms;
        used_ = 0;
        suppressed_ = 0;
    }
    if (used_ == burst_) {
        ++suppressed_;
        return;
    }
    ++used_;
    log_text(level, text);
}

} // namespace privsep
