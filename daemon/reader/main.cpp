// nanodnsd-reader: reads the config once and makes the setups of all other processes.
//
// Faces: no network. It parses what the operator wrote: the config, and at the first start a state of the
// predecessor.
// Holds: every token, until it exits, which is as soon as the setups are made.
// Talks to: the supervisor (proto/ipc/config.h).
// May call: daemon/reader/syscalls.h.
//
// nanodnsd also starts it with --check CONFIG NAME, --new-token, --hash-token or --acme-json NAME [URL], with
// the rights of the user who runs nanodnsd: it then does what nanodnsd(8) says of -n and of these options.
#include <cstdlib>
#include <new>
#include <optional>
#include <string_view>
#include <unistd.h>

#include "daemon/common/new_token.h"
#include "daemon/reader/accounts.h"
#include "daemon/reader/config_file.h"
#include "daemon/reader/service.h"
#include "daemon/reader/tokens.h"
#include "privsep/child.h"
#include "privsep/fail.h"
#include "privsep/log.h"

namespace
{

constexpr const char* process = "nanodnsd-reader";
/// It opens the config, the predecessor's state and one setup per child. Descriptors that the supervisor has
/// not received yet count as well.
constexpr unsigned max_descriptors = 1024;

ipc::ReaderSetup read_setup(privsep::Inherited& inherited)
{
    std::optional<ipc::ReaderSetup> setup;
    const auto take = [&](const ipc::ReaderSetup& part) { setup = part; };
    const bool is_sound = ipc::read_setup<ipc::ReaderPart>(inherited.setup.bytes(), take);
    inherited.setup = {};
    if (!is_sound || !setup || !inherited.descriptors.empty()) {
        privsep::fail("the setup is malformed, or does not fit its descriptors");
    }
    return *setup;
}

int run_command(int argc, char** argv)
{
    const std::string_view command = argv[1];
    const bool journal = command == "--check-for-journal";
    privsep::log_as("nanodnsd", journal, 0);
    if ((command == "--check" || journal) && argc == 4) {
        return reader::check(argv[2], argv[3], journal);
    }
    if (command == "--new-token" && argc == 2) {
        reader::print_secret(STDOUT_FILENO, common::make_token());
        return EXIT_SUCCESS;
    }
    if (command == "--hash-token" && argc == 2) {
        reader::print_secret(STDOUT_FILENO, reader::hash_line(STDIN_FILENO));
        return EXIT_SUCCESS;
    }
    if (command == "--acme-json" && (argc == 3 || argc == 4)) {
        reader::print_account(argv[2], argc == 4 ? argv[3] : "");
        return EXIT_SUCCESS;
    }
    privsep::fail("this program is a part of nanodnsd and is started only by it");
}

} // namespace

int main(int argc, char** argv)
{
    std::set_new_handler(privsep::out_of_memory);
    if (argc > 1) {
        return run_command(argc, argv);
    }
    privsep::log_as(process, false, 0); // until the setup says more
    auto inherited = privsep::inherit();
    const auto layers = privsep::lock_down(process, inherited, privsep::Root::becomes_nobody);
    privsep::limit_descriptors(max_descriptors);
    const auto setup = read_setup(inherited);
    privsep::log_as(process, setup.log.journal, setup.log.verbosity);
    reader::Service service{reader::Service::Supervisor{inherited.control.release()}, setup};
    inherited.sandbox.enter();

    service.serve(layers); // the first byte of the config is read here
    ::_exit(EXIT_SUCCESS); // faster than freeing the memory piece by piece
}
