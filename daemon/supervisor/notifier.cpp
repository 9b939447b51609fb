#include "daemon/supervisor/notifier.h"

#include <algorithm>
#include <ctime>
#include <string>
#include <sys/socket.h>

#include "proto/base/text.h"

namespace supervisor
{

namespace
{

/// A message is one assignment per line, so a text must not contain a line end.
std::string on_one_line(std::string_view text)
{
    std::string line{text};
    std::ranges::replace_if(
        line, [](char c) { return static_cast<unsigned char>(c) < ' '; }, '?');
    return line;
}

} // namespace

void Notifier::send(std::string_view message) noexcept
{
    if (socket_) {
        ::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL);
    }
}

std::optional<base::Uptime> Notifier::watchdog_interval() const noexcept
{
    if (!watchdog_period_) {
        return std::nullopt;
    }
    return std::max(std::chrono::duration_cast<base::Uptime>(*watchdog_period_ / 3), base::Uptime{1});
}

void Notifier::ready(std::string_view status) noexcept
{
    send(base::filled("READY=1\nSTATUS={}", {on_one_line(status)}));
}

void Notifier::status(std::string_view text) noexcept
{
    send(base::filled("STATUS={}", {on_one_line(text)}));
}

void Notifier::reloading() noexcept
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const auto microseconds = static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
    send(base::filled("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=reloading", {microseconds}));
}

void Notifier::stopping() noexcept
{
    send("STOPPING=1\nSTATUS=stopping");
}

} // namespace supervisor
