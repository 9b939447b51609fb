#include "daemon/init/arguments.h"

#include <array>
#include <cstdio>
#include <getopt.h>

#include "daemon/init/exit_status.h"
#include "proto/base/text.h"

namespace init
{

namespace
{

constexpr const char* usage = "usage: nanodnsd --init [--domain=NAME] [--nameserver=NAME] [--email=ADDRESS]\n"
                              "           [--host=NAME] [--ipv4=ADDRESS] [--ipv6=ADDRESS] [-c CFG]\n";

constexpr const char* help = "Writes a first configuration with a new token, and prints what to do next.\n"
                             "On a terminal, it asks for what is not given.\n"
                             "\n"
                             "  --domain=NAME      the zone to serve, like dyn.mydomain.test\n"
                             "  --nameserver=NAME  the public name of this server, like ns.mydomain.test\n"
                             "  --email=ADDRESS    the mail address of the person responsible\n"
                             "  --host=NAME        the first host to update, by its name below the domain\n"
                             "  --ipv4=ADDRESS     the public IPv4 address of this server\n"
                             "  --ipv6=ADDRESS     the public IPv6 address of this server\n"
                             "  -c CFG             write to CFG, which must not exist\n"
                             "                     (default " NANODNSD_SYSCONFDIR "/nanodnsd/nanodnsd.conf)\n"
                             "  -h, --help         print this and exit\n"
                             "\n"
                             "Exit status: 0 written, 1 failure, 2 bad option or missing answer.\n";

/// What the name of a host means depends on the answers before it. Without these, ask() reads it.
bool must_wait(const Question& question, const Answers& answers)
{
    return question.answer == &Answers::host && !(answers.domain && answers.name_server);
}

/// What getopt_long(3) returns of an option for an answer: this and the index of its question.
constexpr int first_answer = 256;
constexpr int init_option = 512;

constexpr auto long_options = std::to_array({
    option{"domain", required_argument, nullptr, first_answer},
    option{"nameserver", required_argument, nullptr, first_answer + 1},
    option{"email", required_argument, nullptr, first_answer + 2},
    option{"host", required_argument, nullptr, first_answer + 3},
    option{"ipv4", required_argument, nullptr, first_answer + 4},
    option{"ipv6", required_argument, nullptr, first_answer + 5},
    option{"init", no_argument, nullptr, init_option},
    option{"help", no_argument, nullptr, 'h'},
    option{nullptr, 0, nullptr, 0},
});

CommandLine refuse(std::string_view reason)
{
    std::fwrite(reason.data(), 1, reason.size(), stderr);
    std::fputs(usage, stderr);
    return {std::nullopt, exit_bad_option};
}

CommandLine show_help()
{
    std::fputs(usage, stdout);
    std::fputs(help, stdout);
    return {std::nullopt, exit_success};
}

using Given = std::array<const char*, 6>; ///< the options for answers, nullptr: not given

/// In the order of the questions. What is wrong with an option; empty: nothing.
std::string read_answers(const Given& given, Answers& answers)
{
    for (std::size_t i = 0; i < given.size(); ++i) {
        const Question& question = questions()[i];
        const bool is_read = given[i] != nullptr && !must_wait(question, answers);
        const std::string error = is_read ? take(question, given[i], answers) : "";
        if (!error.empty()) {
            return base::filled("nanodnsd: --{}: {}\n", {question.name, error});
        }
    }
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (given[i] != nullptr && must_wait(questions()[i], answers)) {
            answers.*questions()[i].answer = given[i];
        }
    }
    return {};
}

} // namespace

CommandLine parse_command_line(int argc, char** argv)
{
    Arguments arguments{{}, NANODNSD_SYSCONFDIR "/nanodnsd/nanodnsd.conf"};
    Given given{};
    for (int found = 0; (found = ::getopt_long(argc, argv, "c:h", long_options.data(), nullptr)) != -1;) {
        if (found == 'c') {
            arguments.config = ::optarg;
            arguments.names_config = true;
        } else if (found == 'h') {
            return show_help();
        } else if (found >= first_answer && found < init_option) {
            given.at(static_cast<std::size_t>(found - first_answer)) = ::optarg;
        } else if (found != init_option) { // getopt_long(3) has printed the reason
            return refuse("");
        }
    }
    if (::optind != argc) {
        return refuse("nanodnsd: found arguments that are not options, expected none\n");
    }
    const std::string error = read_answers(given, arguments.answers);
    return error.empty() ? CommandLine{std::move(arguments)} : refuse(error);
}

} // namespace init
