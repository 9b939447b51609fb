#include "daemon/updater/refused_line.h"

#include <algorithm>
#include <array>

#include "proto/base/secret.h"
#include "proto/base/text.h"

namespace updater
{

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
    return (is_first && segment.size() < base::Token::min_good_bytes) || // shorter ones are warned of
           std::ranges::find(usual_segments, segment) != usual_segments.end();
}

std::string_view reason(const http::Refused& refused)
{
    if (!refused.why.empty()) {
        return refused.why;
    }
    return refused.reply.body == "error" ? http::reason(refused.reply.status)
                                         : std::string_view{refused.reply.body};
}

/// The lines of a reply, without what dyndns2 says of a name: that may be a token at a wrong place.
std::string words_of(std::string_view body)
{
    constexpr std::string_view of_name = "notfqdn";
    std::string words;
    while (!body.empty()) {
        const std::string_view line = body.substr(0, body.find('\n'));
        base::append(words, "{}{}", {words.empty() ? "" : " ", line.starts_with(of_name) ? of_name : line});
        body.remove_prefix(std::min(body.size(), line.size() + 1));
    }
    return words;
}

/// A host that the secret has opened exists, so its name is no secret.
std::string settled_host(const dns::Name& host, ipc::Verdict verdict)
{
    const bool exists = verdict == ipc::Verdict::committed || verdict == ipc::Verdict::unchanged ||
                        verdict == ipc::Verdict::unsuitable;
    return exists ? host.to_text() : shown_host(host);
}

} // namespace

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

std::string shown_host(const dns::Name& host)
{
    const bool may_be_token = host.is_root() || host.parent().is_root();
    return may_be_token ? "a name without a dot" : host.to_text();
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
    base::append(line, ": {} {}", {static_cast<unsigned>(refused.reply.status), reason(refused)});
    std::ranges::replace(line, '\n', ' ');
    return line;
}

std::string settled_line(const http::Update& update, const ipc::Settled& settled, const http::Reply& reply)
{
    const ipc::Propose& proposal = update.proposal;
    std::string line = base::to_text(proposal.client) + (update.only_looks ? ": look at " : ": update of ");
    if (proposal.hosts.empty()) {
        line += "an account for challenges";
    } else {
        line += settled_host(proposal.hosts.front(), settled.hosts.front().verdict);
    }
    if (proposal.hosts.size() > 1) {
        base::append(line, " and {} more", {proposal.hosts.size() - 1});
    }
    base::append(line, ": {} {}", {static_cast<unsigned>(reply.status), words_of(reply.body)});
    return line;
}

} // namespace updater
