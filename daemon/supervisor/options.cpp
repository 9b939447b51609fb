#include "daemon/supervisor/options.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <unistd.h>

#include "daemon/supervisor/service_manager.h"

namespace supervisor
{

namespace
{

constexpr std::string_view usage = "usage: nanodnsd [-hnVv] [-c CFG] [-s STATE]\n";

constexpr std::string_view help =
    "A self-hosted dynamic DNS nameserver.\n"
    "\n"
    "  -c CFG    read the configuration from CFG\n"
    "            (default " NANODNSD_SYSCONFDIR "/nanodnsd/nanodnsd.conf where it is there,\n"
    "            else " NANODNSD_SYSCONFDIR "/nanodnsd.conf)\n"
    "  -s STATE  keep the state in STATE.0 and STATE.1; a state file STATE of the\n"
    "            C nanodnsd is read once\n"
    "            (default $STATE_DIRECTORY/nanodnsd.state where that is set,\n"
    "            else " NANODNSD_STATEDIR "/nanodnsd.state)\n"
    "  -n        check the configuration, print what it would serve, and exit\n"
    "  -v        log requests too; twice: details too\n"
    "  -V        print the version and exit\n"
    "  -h        print this and exit\n"
    "\n"
    "Exit status: 0 normal, 1 failure, 2 bad option, 6 faulty configuration.\n"
    "Manuals: nanodnsd(8), nanodnsd.conf(5)\n";

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

void print_version()
{
    std::printf("nanodnsd %s (%csystemd)\n", NANODNSD_VERSION, has_service_manager ? '+' : '-');
}

} // namespace

CommandLine parse_command_line(int argc, char** argv)
{
    Options options{default_config(), default_state(), 0, false};
    for (int option = 0; (option = ::getopt(argc, argv, "c:hns:Vv")) != -1;) {
        switch (option) {
        case 'c':
            options.config = ::optarg;
            break;
        case 's':
            options.state = ::optarg;
            break;
        case 'n':
            options.check = true;
            break;
        case 'v':
            ++options.verbosity;
            break;
        case 'h':
            print(stdout, usage);
            print(stdout, help);
            return {std::nullopt, Exit::success};
        case 'V':
            print_version();
            return {std::nullopt, Exit::success};
        default: // getopt(3) has said what is wrong
            print(stderr, usage);
            return {std::nullopt, Exit::bad_option};
        }
    }
    return {options, Exit::success};
}

} // namespace supervisor
