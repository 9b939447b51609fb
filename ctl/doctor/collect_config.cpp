#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/doctor/capture.h"
#include "ctl/doctor/collect.h"
#include "ctl/doctor/shell.h"
#include "proto/base/secret.h"
#include "proto/base/text.h"

namespace ctl::doctor
{

namespace
{

constexpr std::size_t most_of_config = std::size_t{64} << 20;
/// The trial of `nanodnsd -n` starts all processes; a config may have a million hosts.
constexpr std::chrono::milliseconds patience_for_trial{60'000};

std::string usual_config()
{
    constexpr const char* in_folder = NANODNSD_SYSCONFDIR "/nanodnsd/nanodnsd.conf";
    constexpr const char* of_predecessor = NANODNSD_SYSCONFDIR "/nanodnsd.conf";
    const bool may_be_in_folder = ::access(in_folder, F_OK) == 0 || errno == EACCES;
    return may_be_in_folder || ::access(of_predecessor, F_OK) != 0 ? in_folder : of_predecessor;
}

std::string cannot_read(const std::string& path, int error)
{
    return base::filled("{} cannot be read: {}{}",
                        {path, std::strerror(error), error == EACCES ? "; doctor sees more as root" : ""});
}

Known<config::Config> parsed(const std::string& path, const std::string& here)
{
    auto text = read_file(here, most_of_config);
    if (!text) {
        return Known<config::Config>::unknown(cannot_read(path, errno));
    }
    config::Parsed parsed = config::parse(*text);
    base::wipe(*text);
    return parsed.errors.empty() ? Known<config::Config>{std::move(parsed.config)}
                                 : Known<config::Config>::unknown(path + " has errors");
}

/// The path of nanodnsd: beside this program, or that of the process.
std::string daemon_program(const Context& context, const MainProcess& process)
{
    if (!context.daemon_program.empty() && ::access(context.daemon_program.c_str(), X_OK) == 0) {
        return context.daemon_program;
    }
    const std::string running =
        process.pid == 0 ? "" : read_link(base::filled("/proc/{}/exe", {process.pid}));
    return !running.empty() && ::access(running.c_str(), X_OK) == 0 ? running : "";
}

/// The line with the path that the daemon has for the config.
std::string renamed(std::string line, const std::string& here, const std::string& path)
{
    return line.starts_with(here) ? line.replace(0, here.size(), path) : line;
}

/// Lines of the state go to `facts.state`, all others to `facts.said`.
void sort_lines(const Captured& captured, const std::string& here, Facts& facts)
{
    Said said{captured.ended.status, {}};
    for (const std::string& line : split(captured.err, '\n')) {
        const bool is_of_state = facts.state && line.find(facts.state->path) != line.npos;
        (is_of_state ? facts.state->said : said)
            .lines.push_back(base::escape(renamed(line, here, facts.config_path), 2000));
    }
    for (const std::string& line : split(captured.out, '\n')) {
        constexpr std::string_view title = "incomplete";
        if (facts.state && line.starts_with(title)) {
            facts.state->incomplete =
                line.substr(std::min(line.find_first_not_of(' ', title.size()), line.size()));
        }
    }
    facts.said = std::move(said);
}

/// A file that the trial needs and this user may not read. Empty if there is none.
std::string secret_file(const MainProcess& process, const std::string& here, const Facts& facts)
{
    const auto is_secret = [](const std::string& path) {
        return ::access(path.c_str(), R_OK) != 0 && errno == EACCES; // nanodnsd says all else
    };
    if (is_secret(here)) {
        return facts.config_path;
    }
    if (facts.config && facts.config->https.is_on) {
        for (const std::string& path : {facts.config->https.certificate.path, facts.config->https.key.path}) {
            if (is_secret(process.reach(path))) {
                return path;
            }
        }
    }
    return "";
}

void run_check(const std::string& program, const std::string& here, Facts& facts)
{
    std::vector<std::string> arguments{program, "-n", "-c", here};
    if (facts.state) {
        arguments.insert(arguments.end(), {"-s", facts.state->path});
    }
    const Captured captured = capture(arguments, patience_for_trial);
    if (captured.is_late) {
        facts.said = Known<Said>::unknown("nanodnsd -n did not exit within 60 s");
    } else if (captured.ended.error != 0 || captured.ended.signal != 0) {
        facts.said = Known<Said>::unknown(base::filled("{} {}", {program, captured.ended.text()}));
    } else {
        sort_lines(captured, here, facts);
    }
}

std::string name_of_user(std::uint32_t uid)
{
    const struct passwd* const found = ::getpwuid(uid);
    return found != nullptr ? found->pw_name : std::to_string(uid);
}

std::string name_of_group(std::uint32_t gid)
{
    const struct group* const found = ::getgrgid(gid);
    return found != nullptr ? found->gr_name : std::to_string(gid);
}

/// The group that nanodnsd.sysusers makes, if the service does not run. Root's if there is no such group.
std::uint32_t group_for(const Known<Rights>& service)
{
    if (service && !service->gids.empty()) {
        return service->gids.front();
    }
    const struct group* const usual = ::getgrnam("nanodnsd-config");
    return usual != nullptr ? usual->gr_gid : 0;
}

/// The folders of an absolute path from the root on, and the file itself.
std::optional<std::vector<Inode>> way_to(const std::string& path)
{
    std::vector<Inode> way;
    for (std::size_t end = 1;; end = path.find('/', end + 1)) {
        struct stat about {
        };
        const std::string part = path.substr(0, end);
        if (::stat(part.c_str(), &about) != 0) {
            return std::nullopt;
        }
        way.push_back({about.st_uid, about.st_gid, about.st_mode & 07777U, part});
        if (end >= path.size()) {
            return way;
        }
        end = end == 1 ? 0 : end; // the root's path ends with its slash
    }
}

Known<Access> access_to(const std::string& path, const std::string& here, const MainProcess& process)
{
    std::string real(PATH_MAX, '\0');
    const bool is_in_service = here.starts_with("/proc/"); // only the service has the folders
    if (!is_in_service && ::realpath(here.c_str(), real.data()) == nullptr) {
        return Known<Access>::unknown(cannot_read(path, errno));
    }
    real.resize(std::strlen(real.c_str()));
    Access access;
    auto way = way_to(is_in_service ? here : real);
    if (!way) {
        return Known<Access>::unknown(cannot_read(path, errno));
    }
    access.way = is_in_service ? std::vector<Inode>{{0, 0, 0755, "/"}, way->back()} : *std::move(way);
    access.owner = name_of_user(access.way.back().uid);
    access.group = name_of_group(access.way.back().gid);
    if (auto rights = process.pid == 0 ? std::nullopt : rights_of(process.pid)) {
        access.service = *std::move(rights);
    }
    access.service_gid = group_for(access.service);
    access.service_group = name_of_group(access.service_gid);
    return access;
}

void look_at_certificate(const MainProcess& process, Facts& facts)
{
    const std::string& path = facts.config->https.certificate.path;
    struct stat about {
    };
    if (path.empty()) {
        return;
    }
    if (::stat(process.reach(path).c_str(), &about) != 0) {
        facts.certificate_file = Known<base::UnixTime>::unknown(cannot_read(path, errno));
        return;
    }
    facts.certificate_file = base::UnixTime{base::Seconds{about.st_mtim.tv_sec}};
}

} // namespace

void read_config(const Context& context, const MainProcess& process, Facts& facts)
{
    facts.config_path = facts.running && !facts.running->status.config.empty() ? facts.running->status.config
                        : process.config.empty()                               ? usual_config()
                                                                               : process.config;
    const std::string here = process.reach(facts.config_path);
    facts.config = parsed(facts.config_path, here);
    const std::string program = daemon_program(context, process);
    facts.daemon_program = program.empty() ? "nanodnsd" : shell_word(program);
    facts.access = access_to(facts.config_path, here, process);
    if (const std::string secret = secret_file(process, here, facts); !secret.empty()) {
        facts.said = Known<Said>::unknown(cannot_read(secret, errno));
    } else if (program.empty()) {
        facts.said = Known<Said>::unknown("there is no program nanodnsd beside this one");
    } else {
        run_check(program, here, facts);
    }
    if (facts.config) {
        look_at_certificate(process, facts);
    }
}

} // namespace ctl::doctor
