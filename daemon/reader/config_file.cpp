#include "daemon/reader/config_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "daemon/common/file_access.h"
#include "daemon/reader/file.h"
#include "privsep/fail.h"
#include "privsep/log.h"
#include "proto/base/secret.h"
#include "proto/base/text.h"
#include "proto/config/summary.h"
#include "proto/ipc/config.h"

namespace reader
{

namespace
{

using privsep::Level;

constexpr std::size_t longest_config = std::size_t{64} << 20;

/// Prints every error to stderr.
void print_errors(const std::vector<config::Error>& errors, const std::string& path)
{
    for (const config::Error& error : errors) {
        std::fprintf(stderr, "%s\n", config::to_text(error, path).c_str());
    }
}

void log_in_one_line(std::string text, const std::vector<config::Error>& errors, const std::string& path)
{
    text += config::to_text(errors.front(), path);
    if (errors.size() > 1) {
        base::append(text, " (and {} more errors: nanodnsd -n shows them)", {errors.size() - 1});
    }
    privsep::log_text(Level::error, text);
}

/// Ends the process if a start as root would not find this user or group.
void require_user(const config::Server& server)
{
    if (::geteuid() != 0) {
        return; // they have no effect
    }
    if (!server.user.empty() && ::getpwnam(server.user.c_str()) == nullptr) {
        privsep::fail("there is no user '{}' on this system: set user= to an existing user", {server.user});
    }
    if (!server.group.empty() && ::getgrnam(server.group.c_str()) == nullptr) {
        privsep::fail("there is no group '{}' on this system: set group= to an existing group",
                      {server.group});
    }
}

/// Becomes the keyholder, which checks the certificate and its key. It is in the same folder. `name`: of the
/// config.
[[noreturn]] void check_key(const config::Config& config, const std::string& name, const char* option)
{
    std::fflush(stdout);
    std::string program(4096, '\0');
    const ssize_t size = ::readlink("/proc/self/exe", program.data(), program.size());
    program.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    program.replace(program.rfind('/') + 1, std::string::npos, "keyholder");
    std::vector<std::string> words{"keyholder", option, config.server.user, config.server.group};
    words.reserve(words.size() + 4 + config.server.name_servers.size());
    for (const config::FilePath* file : {&config.https.certificate, &config.https.key}) {
        words.push_back(file->path);
        words.push_back(config::to_text({file->at, ""}, name));
    }
    for (const dns::Name& server : config.server.name_servers) {
        words.push_back(server.to_text());
    }
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    ::execv(program.c_str(), arguments.data());
    privsep::fail("cannot run {}: {}", {program, std::strerror(errno)});
}

} // namespace

config::Parsed read_config(const privsep::UniqueFd& file, const std::string& path)
{
    FileContent content = read_file(file.get(), path, longest_config);
    if (!content.error.empty()) {
        privsep::fail("{}", {content.error});
    }
    config::Parsed parsed = config::parse(content.text);
    base::wipe(content.text);
    return parsed;
}

void refuse_start(const std::vector<config::Error>& errors, const std::string& path, bool journal)
{
    if (journal) {
        log_in_one_line("", errors, path);
    } else {
        print_errors(errors, path);
    }
}

void refuse_reload(const std::vector<config::Error>& errors, const std::string& path)
{
    log_in_one_line("reload refused, the old configuration stays in force: ", errors, path);
}

void log_warnings(const std::vector<config::Error>& warnings, const std::string& path)
{
    constexpr std::size_t max_logged = 20;
    const std::size_t logged = std::min(warnings.size(), max_logged);
    for (std::size_t i = 0; i < logged; ++i) {
        privsep::log_text(Level::warning, config::to_text_of_warning(warnings[i], path));
    }
    if (warnings.size() > logged) {
        privsep::log(Level::warning, "{} more warnings: nanodnsd -n shows them", {warnings.size() - logged});
    }
}

int check(const std::string& path, const std::string& name, bool journal)
{
    const privsep::UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file) {
        privsep::fail("{}", {common::why_unreadable(name, errno, ::geteuid(), ::getegid())});
    }
    const config::Parsed parsed = read_config(file, name);
    if (!journal) {
        print_errors(parsed.errors, name);
        for (const config::Error& warning : parsed.warnings) {
            std::fprintf(stderr, "%s\n", config::to_text_of_warning(warning, name).c_str());
        }
    } else if (!parsed.errors.empty()) {
        log_in_one_line("", parsed.errors, name);
    }
    if (!parsed.errors.empty()) {
        return ipc::exit_config_errors;
    }
    if (!journal) { // otherwise the daemon runs, so its user is known to exist
        require_user(parsed.config.server);
        std::fputs(config::summary(parsed.config).c_str(), stdout);
    }
    if (parsed.config.https.is_on) {
        check_key(parsed.config, name, journal ? "--check-for-journal" : "--check");
    }
    return EXIT_SUCCESS;
}

} // namespace reader
