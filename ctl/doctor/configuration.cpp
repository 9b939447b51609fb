// Checks of the configuration: its text, who may read it, and the secrets in it.
#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "ctl/doctor/check.h"
#include "ctl/doctor/shell.h"
#include "proto/base/text.h"
#include "proto/config/value_warnings.h"

namespace ctl::doctor
{

namespace
{

constexpr int exit_config_errors = 6; // of nanodnsd -n

/// Whether the line is about the certificate or the key: these are a check of their own.
bool is_of_certificate(const Facts& facts, std::string_view line)
{
    return facts.config && facts.config->https.is_on &&
           line.find(facts.config->https.certificate.path + ": the certificate ") != std::string_view::npos;
}

bool may_pass(const Inode& inode, const Rights& rights, std::uint32_t needed) noexcept
{
    if (inode.uid == rights.uid) {
        return (inode.mode >> 6 & needed) != 0;
    }
    const bool is_in_group =
        std::find(rights.gids.begin(), rights.gids.end(), inode.gid) != rights.gids.end();
    return ((is_in_group ? inode.mode >> 3 : inode.mode) & needed) != 0;
}

constexpr std::uint32_t reading = 4;
constexpr std::uint32_t searching = 1;
constexpr std::uint32_t dynamic_uid = UINT32_MAX; ///< systemd chooses one at each start

/// Of a service that does not run. Without a group of its own it is started by root.
Rights rights_at_start(const Access& access)
{
    const bool is_root = access.service_gid == 0;
    return {is_root ? 0 : dynamic_uid, {access.service_gid}, is_root};
}

std::string about_service(const Access& access)
{
    return access.service->uid == dynamic_uid ? "the group " + access.service_group
                                              : base::filled("uid {}", {access.service->uid});
}

bool is_of_service(const Access& access, std::uint32_t gid) noexcept
{
    return access.service && std::find(access.service->gids.begin(), access.service->gids.end(), gid) !=
                                 access.service->gids.end();
}

/// Lets the service search the folder.
std::string line_for_folder(const Inode& folder, const Access& access)
{
    const std::string word = shell_word(folder.path);
    if (folder.uid == access.service->uid) {
        return "chmod u+x " + word;
    }
    const std::string change =
        is_of_service(access, folder.gid)
            ? ""
            : base::filled("chgrp {} {} && ", {shell_word(access.service_group), word});
    return base::filled("{}chmod g+x {}", {change, word});
}

/// Lets the service pass the folders that it cannot search, and read the file by the line `for_file`. Empty
/// if it can read the file.
std::string line_for_way(const Access& access, const std::string& for_file)
{
    std::string line;
    for (const Inode& one : access.way) {
        const bool is_file = &one == &access.way.back();
        if (!access.service->reads_all && !may_pass(one, *access.service, is_file ? reading : searching)) {
            line += line.empty() ? "" : " && ";
            line += is_file ? for_file : line_for_folder(one, access);
        }
    }
    return line;
}

/// Whether a user who is neither the owner nor in the group can read or change it.
bool is_open_to_others(const std::vector<Inode>& way) noexcept
{
    const auto is_open = [](const Inode& folder) { return (folder.mode & searching) != 0; };
    return (way.back().mode & 6U) != 0 && std::all_of(way.begin(), way.end() - 1, is_open);
}

std::string mode_of(const Inode& file)
{
    std::string text = "0000";
    for (unsigned i = 1; i < text.size(); ++i) {
        text[i] = static_cast<char>('0' + (file.mode >> 3 * (3 - i) & 7U));
    }
    return text;
}

/// The sections that have a secret, and what is wrong with each.
class SecretChecks
{
public:
    explicit SecretChecks(const Facts& facts) : facts_(facts) {}

    Findings run()
    {
        for (const config::Host& host : facts_.config->hosts) {
            look(facts_.names.label(host.name), host.secrets);
        }
        for (const config::Group& group : facts_.config->groups) {
            look("the group " + base::escape(group.name), group.secrets);
        }
        return std::move(findings_);
    }

private:
    void look(const std::string& section, const std::vector<config::Secret>& secrets)
    {
        for (const config::Secret& secret : secrets) {
            const std::string_view text = base::as_text(secret.bytes.bytes());
            if (secret.is_short()) {
                add(base::filled("{} has a token of fewer than {} characters, which can be guessed",
                                 {section, base::Token::min_good_bytes}));
            }
            if (!secret.is_hash && config::must_be_escaped(text)) {
                add(base::filled("{} has a token with a character that a URL must escape", {section}));
            }
            const auto [first, is_new] = sections_.try_emplace(text, section);
            const char* const key = secret.is_hash ? "token_hash" : "token";
            if (!is_new && first->second == section) {
                add(base::filled("{} has the same {} twice", {section, key}));
            } else if (!is_new) {
                add(base::filled("{} has the same {} as {}: a [group] is for several hosts",
                                 {section, key, first->second}));
            }
        }
    }
    void add(std::string text)
    {
        findings_.push_back(warn(std::move(text), facts_.daemon_program + " --new-token"));
    }

    const Facts& facts_;
    Findings findings_;
    std::map<std::string_view, std::string> sections_; ///< by secret: views of the config
};

} // namespace

Findings check_config(const Facts& facts)
{
    if (!facts.said) {
        return {skip(facts.said.why())};
    }
    Findings findings;
    for (const std::string& line : facts.said->lines) {
        if (!is_of_certificate(facts, line)) {
            findings.push_back({Said::is_warning(line) ? Verdict::warn : Verdict::fail, line, facts.edit()});
        }
    }
    const int status = facts.said->status;
    const bool is_of_state = facts.state && facts.state->said.has_errors(); // a check of its own
    if (status != 0 && status != exit_config_errors && findings.empty() && !is_of_state) {
        findings.push_back(fail(base::filled("nanodnsd -n exited with status {}", {status}), facts.edit()));
    }
    return or_ok(std::move(findings), facts.config_path + " has no errors and no warnings");
}

Findings check_readers(const Facts& facts)
{
    if (!facts.access) {
        return {skip(facts.access.why())};
    }
    Access access = *facts.access;
    if (!access.service && !facts.running) {
        access.service = rights_at_start(access);
    }
    const Inode& file = access.way.back();
    const std::string& path = facts.config_path;
    const std::string advice =
        base::filled("chown root:{} {} && chmod 640 {}",
                     {shell_word(access.service_group), shell_word(path), shell_word(path)});
    const bool is_owned_by_service = access.service && access.service->uid == file.uid;
    const bool group_reads = (file.mode >> 3 & reading) != 0;
    Findings findings;
    if (const std::string line = access.service ? line_for_way(access, advice) : ""; !line.empty()) {
        findings.push_back(fail(
            base::filled("{} cannot be read by the service, which has {}", {path, about_service(access)}),
            line));
    }
    if (is_open_to_others(access.way)) {
        findings.push_back(
            fail(base::filled("{} is open to every user: mode {}", {path, mode_of(file)}), advice));
    } else if (file.uid != 0 && !is_owned_by_service) {
        findings.push_back(
            warn(base::filled("{} belongs to {}, who can read and change it", {path, access.owner}), advice));
    } else if (access.service && group_reads && file.gid != 0 && !is_of_service(access, file.gid)) {
        findings.push_back(warn(
            base::filled("{} can be read by the group {}, which is not the service's", {path, access.group}),
            advice));
    }
    return or_ok(std::move(findings), base::filled("{} belongs to {}:{}, mode {}",
                                                   {path, access.owner, access.group, mode_of(file)}));
}

Findings check_secrets(const Facts& facts)
{
    if (!facts.config) {
        return {skip(facts.config.why())};
    }
    return or_ok(SecretChecks{facts}.run(), "the tokens are long, and each section has its own");
}

} // namespace ctl::doctor
