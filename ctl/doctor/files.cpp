// Checks of the files that the daemon uses: the certificate and the state.
#include <string>
#include <string_view>

#include "ctl/doctor/check.h"
#include "ctl/doctor/shell.h"
#include "ctl/times.h"
#include "proto/base/text.h"

namespace ctl::doctor
{

namespace
{

constexpr base::Seconds certificate_is_old{21 * 86400};
constexpr base::Seconds certificate_is_urgent{3 * 86400};

/// A few records more, and the next snapshot, which is about as long as a file is now.
constexpr std::uint64_t least_room = std::uint64_t{64} * 1024;

std::string hook_line(const Facts& facts)
{
    const bool is_known = facts.running && facts.running->certificate;
    const std::string name = is_known ? Names::whole(facts.running->certificate->name) : std::string{"NAME"};
    return base::filled("RENEWED_LINEAGE=/etc/letsencrypt/live/{} {}",
                        {name, shell_word(facts.documents + "/contrib/tls/deploy-hook")});
}

/// Whether the running daemon serves an older file than is there now.
bool is_newer_than_served(const Facts& facts)
{
    return facts.running && facts.certificate_file &&
           *facts.certificate_file > facts.running->status.config_read;
}

std::string when_it_expires(const Facts& facts)
{
    const admin::StatusCertificate& served = *facts.running->certificate;
    return base::filled("the certificate of {} {} {}",
                        {Names::whole(served.name), served.expires <= facts.now ? "expired" : "expires",
                         relative(served.expires, facts.now)});
}

void look_at_expiry(const Facts& facts, bool is_newer, Findings& findings)
{
    const base::UnixTime expires = facts.running->certificate->expires;
    const base::Seconds left = expires - facts.now;
    if (left >= certificate_is_old) {
        return;
    }
    const std::string text = when_it_expires(facts);
    const std::string advice = is_newer ? facts.ctl_program + " reload" : hook_line(facts);
    findings.push_back(left < certificate_is_urgent ? fail(text, advice) : warn(text, advice));
}

/// What `-n` says of the file, which is not always what is served.
void look_at_file(const Facts& facts, Findings& findings)
{
    const std::string begin = facts.config->https.certificate.path + ": ";
    for (const std::string& line : facts.said ? facts.said->lines : std::vector<std::string>{}) {
        const std::size_t at = line.find(begin + "the certificate ");
        if (at != line.npos) {
            findings.push_back(warn(line.substr(at), hook_line(facts)));
        }
    }
}

/// What the daemon says of it to a user who may not read the configuration.
Findings look_at_served_certificate(const Facts& facts)
{
    if (!facts.running) {
        return {skip(facts.config.why())};
    }
    if (!facts.running->certificate) {
        return {skip("the daemon does not serve HTTPS now")};
    }
    Findings findings;
    look_at_expiry(facts, false, findings);
    findings = or_ok(std::move(findings), when_it_expires(facts));
    findings.push_back(skip("its file was not looked at: " + facts.config.why()));
    return findings;
}

} // namespace

Findings check_certificate(const Facts& facts)
{
    if (!facts.config) {
        return look_at_served_certificate(facts);
    }
    if (!facts.config->https.is_on) {
        return {skip("there is no [https] in the configuration")};
    }
    Findings findings;
    const bool is_newer = is_newer_than_served(facts);
    if (is_newer) {
        findings.push_back(warn(base::filled("{} is newer than the certificate that is served",
                                             {facts.config->https.certificate.path}),
                                facts.ctl_program + " reload"));
    }
    const bool is_known = facts.running && facts.running->certificate;
    if (is_known) {
        look_at_expiry(facts, is_newer, findings);
    }
    look_at_file(facts, findings);
    if (findings.empty() && !is_known) {
        return {
            skip(facts.running ? std::string{"the daemon does not serve HTTPS now"} : facts.running.why())};
    }
    return or_ok(std::move(findings), is_known ? when_it_expires(facts) : std::string{});
}

Findings check_state(const Facts& facts)
{
    if (!facts.state) {
        return {skip(facts.state.why())};
    }
    const State& state = *facts.state;
    const std::string report = base::filled(
        "{} -n -c {} -s {}", {facts.daemon_program, shell_word(facts.config_path), shell_word(state.path)});
    Findings findings;
    for (const std::string& line : state.said.lines) {
        findings.push_back(Said::is_warning(line) ? warn(line, report) : fail(line, report));
    }
    if (state.is_in_place && !*state.is_in_place) {
        findings.push_back(
            fail(base::filled("{}.0 and {}.1 are not the files that the daemon has open: it refuses "
                              "updates until these are back",
                              {state.path, state.path}),
                 facts.restart()));
    }
    if (state.room < state.bytes + least_room) {
        const std::string text = base::filled("{} has room for {} bytes more", {state.path, state.room});
        const std::string advice = "df -h " + shell_word(state.path.substr(0, state.path.rfind('/')));
        findings.push_back(state.room < least_room ? fail(text, advice) : warn(text, advice));
    }
    if (!state.incomplete.empty() && state.incomplete != "none") {
        findings.push_back(warn("the last record is incomplete: " + state.incomplete, report));
    }
    return or_ok(std::move(findings),
                 base::filled("{}: {} bytes, the last record is complete", {state.path, state.bytes}));
}

} // namespace ctl::doctor
