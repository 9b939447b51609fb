#include "daemon/updater/refused_log.h"

#include <algorithm>
#include <array>

#include "privsep/log.h"
#include "proto/base/text.h"

namespace updater
{

using privsep::Level;

namespace
{

constexpr std::string_view rest = "...";

/// Of paths in update protocols. A token is none of them.
constexpr auto usual_segments = std::to_array<std::string_view>({
    "api",
    "dns",
    "dyn",
    "dyndns",
    "ddns",
    "dynamic",
    "nic",
    "v1",
    "v2",
    "v3",
    "update",
    "updates",
    "update.php",
    "updateip",
    "index.html",
    "index.php",
});

bool is_plain(char c) noexcept
{
    return base::is_letter(c) || base::is_digit(c) || c == '.' || c == '-' || c == '_';
}

std::string_view plain_front(std::string_view text) noexcept
{
    return text.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(text, is_plain) - text.begin()));
}

bool may_be_shown(std::string_view segment, bool is_first) noexcept
{
    constexpr std::size_t shortest_token = 16; // shorter ones are warned of
    return (is_first && segment.size() < shortest_token) ||
           std::ranges::find(usual_segments, segment) != usual_segments.end();
}

} // namespace

bool RefusedLog::admits(const base::Address& client, base::Uptime now)
{
    report(now);
    if (used_ == 0) {
        ends_ = now + period;
    }
    const common::ClientNetwork network = common::network_of(client);
    std::size_t at = 0;
    while (at < used_ && entries_[at].network != network) {
        ++at;
    }
    if (at == max_networks) {
        ++of_others_;
        left_some_out_ = true;
        return false;
    }
    if (at == used_) {
        entries_[used_++] = {network, 0, 0};
    }
    Entry& entry = entries_[at];
    if (entry.lines == max_lines_of_network) {
        ++entry.left_out;
        left_some_out_ = true;
        return false;
    }
    ++entry.lines;
    return true;
}

void RefusedLog::report(base::Uptime now)
{
    if (used_ != 0 && now >= ends_) {
        report_at_once();
    }
}

void RefusedLog::report_at_once()
{
    for (std::size_t i = 0; i < used_; ++i) {
        const Entry& entry = entries_[i];
        if (entry.left_out != 0) {
            privsep::log(Level::notice, "{}: {} more requests were refused",
                         {common::to_text(entry.network), entry.left_out});
        }
    }
    if (of_others_ != 0) {
        privsep::log(Level::notice, "other networks: {} more requests were refused", {of_others_});
    }
    used_ = 0;
    of_others_ = 0;
    left_some_out_ = false;
}

int RefusedLog::next_timeout_ms(base::Uptime now) const noexcept
{
    return left_some_out_ ? static_cast<int>(std::max(ends_ - now, base::Uptime{0}).count()) : -1;
}

std::string shown_path(std::string_view path)
{
    std::string shown;
    while (path.starts_with('/')) {
        path.remove_prefix(1);
        const std::string_view segment = plain_front(path);
        shown += '/';
        if (!segment.empty() && !may_be_shown(segment, shown.size() == 1)) {
            return shown + std::string{rest};
        }
        shown += segment;
        path.remove_prefix(segment.size());
    }
    return path.empty() ? shown : shown + std::string{rest};
}

std::string shown_host(std::string_view host)
{
    constexpr std::size_t longest = 253; // RFC 1035 section 2.3.4, as text
    const std::string_view shown = plain_front(host).substr(0, longest);
    if (shown.find('.') == std::string_view::npos) {
        return "";
    }
    return shown.size() == host.size() ? std::string{shown} : std::string{shown} + std::string{rest};
}

std::string refused_line(const base::Address& client, std::optional<std::string_view> path,
                         const http::Refused& refused)
{
    std::string line = base::to_text(client) + ": request";
    if (path && !path->empty()) {
        base::append(line, " for {}", {shown_path(*path)});
    }
    if (const std::string host = shown_host(refused.host); !host.empty()) {
        base::append(line, " of {}", {host});
    }
    const http::Reply& reply = refused.reply;
    const std::string_view why = reply.body == "error" ? http::reason(reply.status) : reply.body;
    base::append(line, ": {} {}", {static_cast<unsigned>(reply.status), why});
    return line;
}

} // namespace updater
