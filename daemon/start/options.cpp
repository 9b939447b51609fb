#include "daemon/start/options.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <getopt.h>
#include <string_view>
#include <unistd.h>

#include "daemon/start/service_manager.h"
#include "daemon/supervisor/roles.h"

namespace supervisor
{

namespace
{

constexpr std::string_view usage = "usage: nanodnsd [-hnVv] [-c CFG] [-s STATE]\n"
                                   "       nanodnsd --new-token | --hash-token | --acme-json NAME [URL]\n"
                                   "       nanodnsd --init [OPTION...]\n";

constexpr std::string_view help =
    "A self-hosted dynamic DNS nameserver.\n"
    "\n"
    "  -c CFG    read the configuration from CFG\n"
    "            (default " NANODNSD_SYSCONFDIR "/nanodnsd/nanodnsd.conf if it exists,\n"
    "            else " NANODNSD_SYSCONFDIR "/nanodnsd.conf)\n"
    "  -s STATE  keep the state in STATE.0 and STATE.1; a state file STATE of the\n"
    "            C nanodnsd is read once\n"
    "            (default $STATE_DIRECTORY/nanodnsd.state if that is set,\n"
    "            else " NANODNSD_STATEDIR "/nanodnsd.state)\n"
    "  -n        check the configuration, start all processes as a trial, and exit;\n"
    "            with -s, also report on the state\n"
    "  -v        log queries and update requests; twice: more detail\n"
    "  -V, --version\n"
    "            print the version and exit\n"
    "  -h, --help\n"
    "            print this and exit\n"
    "  --new-token\n"
    "            print a new token and exit\n"
    "  --hash-token\n"
    "            read a token from the standard input, print the configuration line\n"
    "            that replaces it, and exit\n"
    "  --acme-json NAME [URL]\n"
    "            print a new acme-dns account for the host NAME, and exit\n"
    "  --init    ask, write a first configuration, print what to do next, and exit;\n"
    "            --init --help lists its options\n"
    "\n"
    "Exit status: 0 normal, 1 failure, 2 bad option or argument,\n"
    "6 errors in the configuration.\n"
    "Manuals: nanodnsd(8), nanodnsd.conf(5), nanodnsd-update(7)\n";

void print(std::FILE* to, std::string_view text)
{
    std::fwrite(text.data(), 1, text.size(), to);
}

std::string default_config()
{
    const std::string in_folder = NANODNSD_SYSCONFDIR "/nanodnsd/nanodnsd.conf";
    return ::access(in_folder.c_str(), F_OK) == 0 ? in_folder : NANODNSD_SYSCONFDIR "/nanodnsd.conf";
}

std::string default_state()
{
    const char* directory = std::getenv("STATE_DIRECTORY");
    return std::string{directory != nullptr ? directory : NANODNSD_STATEDIR} + "/nanodnsd.state";
}

/// What getopt_long(3) returns of options that have no letter.
constexpr int new_token = 256;
constexpr int hash_token = 257;
constexpr int acme_json = 258;
constexpr int init = 259;

constexpr auto long_options = std::to_array({
    option{"help", no_argument, nullptr, 'h'},
    option{"version", no_argument, nullptr, 'V'},
    option{"new-token", no_argument, nullptr, new_token},
    option{"hash-token", no_argument, nullptr, hash_token},
    option{"acme-json", no_argument, nullptr, acme_json},
    option{"init", no_argument, nullptr, init},
    option{nullptr, 0, nullptr, 0},
});

CommandLine show_help()
{
    print(stdout, usage);
    print(stdout, help);
    return {};
}

CommandLine show_version()
{
    std::printf("nanodnsd %s (%csystemd)\n", NANODNSD_VERSION, has_service_manager ? '+' : '-');
    return {};
}

CommandLine refuse(std::string_view reason)
{
    print(stderr, reason);
    print(stderr, usage);
    return {std::nullopt, nullptr, nullptr, Exit::bad_option};
}

/// `name`: the option in full. Another argument may be a token, so it is not printed.
CommandLine reader_command(const char* name, int argc, char** argv, int most_values)
{
    if (::optind != 2 || argc > 2 + most_values || (most_values != 0 && argc == 2)) {
        return refuse(
            most_values != 0
                ? "nanodnsd: expected --acme-json NAME [URL] and no other argument\n"
                : "nanodnsd: found other arguments with --new-token or --hash-token, expected none; "
                  "--hash-token reads the token from the standard input\n");
    }
    argv[1] = const_cast<char*>(name); // exec(3) does not write there
    return {std::nullopt, argv, reader_name};
}

/// For an option that another executable handles.
CommandLine other_program(int letter, int argc, char** argv)
{
    switch (letter) {
    case new_token:
        return reader_command("--new-token", argc, argv, 0);
    case hash_token:
        return reader_command("--hash-token", argc, argv, 0);
    case acme_json:
        return reader_command("--acme-json", argc, argv, 2);
    case init: // the program reads all arguments
        return {std::nullopt, argv, "init"};
    default:
        return refuse("");
    }
}

} // namespace

CommandLine parse_command_line(int argc, char** argv)
{
    Options options{default_config(), default_state(), 0, false, false};
    CommandLine (*show)() = nullptr;
    for (int letter = 0;
         (letter = ::getopt_long(argc, argv, "c:hns:Vv", long_options.data(), nullptr)) != -1;) {
        switch (letter) {
        case 'c':
            options.config = ::optarg;
            break;
        case 's':
            options.state = ::optarg;
            options.names_state = true;
            break;
        case 'n':
            options.check = true;
            break;
        case 'v':
            ++options.verbosity;
            break;
        case 'h':
            show = show_help;
            break;
        case 'V':
            show = show_version;
            break;
        default: // if it is unknown, getopt_long(3) has printed the reason
            return other_program(letter, argc, argv);
        }
    }
    if (::optind != argc) {
        return refuse("nanodnsd: found arguments that are not options, expected none\n");
    }
    return show != nullptr ? show() : CommandLine{options};
}

} // namespace supervisor
