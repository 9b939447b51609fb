// nanodnsd --init: asks what a first config needs, writes it, and prints what to do next.
//
// Faces: no network. It reads what the operator types.
// Holds: the new token.
// Talks to: nobody.
// May call: anything, with the rights of the user who runs nanodnsd. It gains no more by running a program.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <grp.h>
#include <new>
#include <pwd.h>
#include <string>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/common/new_token.h"
#include "daemon/init/answers.h"
#include "daemon/init/arguments.h"
#include "daemon/init/config_text.h"
#include "daemon/init/dialog.h"
#include "daemon/init/exit_status.h"
#include "daemon/init/new_file.h"
#include "daemon/init/steps.h"
#include "privsep/fail.h"
#include "privsep/log.h"
#include "proto/base/secret.h"
#include "proto/base/text.h"

namespace
{

using init::Access;
using init::Answers;
using init::Arguments;

constexpr const char* config_of_unit = NANODNSD_SYSCONFDIR "/nanodnsd/nanodnsd.conf";
constexpr const char* config_of_predecessor = NANODNSD_SYSCONFDIR "/nanodnsd.conf";

void give_up_what_is_not_needed()
{
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); // no core file with the token
    ::umask(077);
    ::signal(SIGPIPE, SIG_IGN); // a failure to write is reported, and a file that is not whole is removed
    ::signal(SIGXFSZ, SIG_IGN);
}

/// As sd_booted(3).
bool has_service_manager()
{
    return NANODNSD_SYSTEMD != 0 && ::access("/run/systemd/system", F_OK) == 0;
}

/// Who may read the config: root and the service's group. The unit and nanodnsd(8) name the groups.
Access access_for_service()
{
    if (::geteuid() != 0) {
        return {std::nullopt, 0600}; // an own group may have other members
    }
    const auto* const of_unit = ::getgrnam("nanodnsd-config");
    if (of_unit != nullptr && has_service_manager()) {
        return {of_unit->gr_gid, 0640};
    }
    const auto* const user = ::getpwnam("nanodnsd");
    return {user != nullptr ? std::optional{user->pw_gid} : std::nullopt, 0640};
}

void require_a_place(const Arguments& arguments)
{
    if (const std::string error = init::why_no_new_file(arguments.config); !error.empty()) {
        privsep::fail("{}", {error});
    }
    if (!arguments.names_config && ::access(config_of_predecessor, F_OK) == 0) {
        privsep::fail("{} exists already: copy it to {}, or name another file with -c",
                      {config_of_predecessor, config_of_unit});
    }
}

/// Returns the exit status if an answer is missing.
int complete(const std::string& config, Answers& answers)
{
    const bool has_terminal = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
    if (has_terminal ? init::ask(config, answers) : init::missing(answers).empty()) {
        return init::exit_success;
    }
    const std::string list = init::missing(answers); // of two addresses, one is enough
    const std::string reason =
        list.empty() ? "there is no answer to the last question" : "these are missing: " + list;
    std::fputs(base::filled("nanodnsd: no configuration was written, because {}\n", {reason}).c_str(),
               stderr);
    return init::exit_bad_option;
}

void write_config(const std::string& path, const Answers& answers, const std::string& token, bool has_control)
{
    std::string text = init::config_text(answers, token, has_control);
    std::string error = init::first_problem(text); // none: each answer was checked
    if (error.empty()) {
        error = init::write_new_file(path, text, access_for_service());
    }
    base::wipe(text);
    if (!error.empty()) {
        privsep::fail("{}", {error});
    }
}

void print(std::string text)
{
    std::string_view rest = text;
    while (!rest.empty()) {
        const ssize_t size = ::write(STDOUT_FILENO, rest.data(), rest.size());
        privsep::require(size >= 0, "the configuration is written, but the next steps cannot be printed");
        rest.remove_prefix(static_cast<std::size_t>(size));
    }
    base::wipe(text);
}

} // namespace

int main(int argc, char** argv)
{
    std::set_new_handler(privsep::out_of_memory);
    privsep::log_as("nanodnsd", false, 0);
    give_up_what_is_not_needed();
    init::CommandLine line = init::parse_command_line(argc, argv);
    if (!line.arguments) {
        return line.exit_status;
    }
    const std::string& config = line.arguments->config;
    Answers& answers = line.arguments->answers;
    require_a_place(*line.arguments);
    if (const int status = complete(config, answers); status != init::exit_success) {
        return status;
    }
    std::string token = common::make_token();
    const bool is_default = config == config_of_unit;
    const init::Installation installation{config, is_default && has_service_manager(), is_default,
                                          ::geteuid() == 0};
    write_config(config, answers, token, !installation.has_unit);
    print(init::next_steps(answers, token, installation));
    base::wipe(token);
    return init::exit_success;
}
