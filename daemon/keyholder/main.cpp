// nanodnsd-keyholder: has the private key of HTTPS and signs the handshakes with it.
//
// Faces: nobody.
// Holds: the private key.
// Talks to: the updater that speaks TLS, which asks for signatures (proto/ipc/handshake.h); the supervisor
//   (proto/ipc/control.h).
// May call: daemon/keyholder/syscalls.h.
//
// nanodnsd -n starts it with --check CERTIFICATE KEY NAME..., with the rights of the user who runs nanodnsd:
// it then reports what is wrong with the two files.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <new>
#include <openssl/crypto.h>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

#include "daemon/common/file_access.h"
#include "daemon/keyholder/key_files.h"
#include "daemon/keyholder/keyholder.h"
#include "privsep/child.h"
#include "privsep/fail.h"
#include "privsep/log.h"
#include "privsep/mapping.h"
#include "proto/base/secret.h"
#include "proto/base/text.h"
#include "proto/ipc/keyholder_setup.h"

namespace
{

constexpr const char* process = "nanodnsd-keyholder";
constexpr unsigned max_descriptors = 16;
constexpr std::size_t certificate_at = 0; ///< the positions of its descriptors
constexpr std::size_t key_at = 1;
constexpr std::size_t updater_at = 2;
constexpr int exit_config_errors = 6; ///< as of a reader that checks a config (proto/ipc/config.h)

/// No configuration of the system's OpenSSL, and no work at the end.
void begin_openssl()
{
    constexpr std::uint64_t quiet = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT;
    privsep::require(::OPENSSL_init_crypto(quiet, nullptr) == 1, "OPENSSL_init_crypto");
}

ipc::KeyholderSetup read_setup(privsep::Inherited& inherited)
{
    std::optional<ipc::KeyholderSetup> setup;
    const auto take = [&](const ipc::KeyholderSetup& part) { setup = part; };
    const bool is_sound = ipc::read_setup<ipc::KeyholderPart>(inherited.setup.bytes(), take);
    inherited.setup = {};
    if (!is_sound || !setup || inherited.descriptors.size() != updater_at + 1) {
        privsep::fail("the setup is malformed, or does not fit its descriptors");
    }
    return *setup;
}

/// The key. If it cannot be used, tells the supervisor why and ends the process.
keyholder::Key take_key(privsep::Inherited& inherited, const ipc::KeyholderSetup& setup)
{
    auto& descriptors = inherited.descriptors;
    const privsep::Mapping certificate{descriptors[certificate_at].get()};
    const privsep::Mapping key{descriptors[key_at].get()};
    keyholder::Checked checked =
        keyholder::check({setup.certificate_path, setup.key_path, certificate.bytes(), key.bytes()},
                         setup.name_servers, std::time(nullptr));
    descriptors[certificate_at].reset();
    descriptors[key_at].reset();
    for (const std::string& warning : checked.warnings) {
        privsep::log_text(privsep::Level::warning, warning);
    }
    if (!checked.error.empty()) {
        inherited.control.send(ipc::Unusable{checked.error.substr(0, ipc::Unusable::longest_reason)});
        std::exit(EXIT_SUCCESS);
    }
    return std::move(checked.key);
}

base::WipedBytes content_of(const char* path)
{
    const privsep::UniqueFd file{::open(path, O_RDONLY | O_CLOEXEC)};
    if (!file) {
        privsep::fail("{}", {common::why_unreadable(path, errno, ::geteuid(), ::getegid())});
    }
    base::WipedBytes content(keyholder::max_chain_bytes + 1);
    std::size_t used = 0;
    ssize_t size = 1;
    while (size > 0 && used < content.size()) {
        size = ::read(file.get(), content.data() + used, content.size() - used);
        used += size > 0 ? static_cast<std::size_t>(size) : 0;
    }
    privsep::require(size >= 0, path);
    content.resize(used);
    return content;
}

/// `arguments`: the paths of the certificate and the key, and the names of the name servers.
int check(const std::vector<const char*>& arguments)
{
    const base::WipedBytes certificate = content_of(arguments[0]);
    const base::WipedBytes key = content_of(arguments[1]);
    std::vector<dns::Name> names;
    for (std::size_t i = 2; i < arguments.size(); ++i) {
        names.push_back(dns::Name::from_text(arguments[i]).value_or(dns::Name{}));
    }
    const keyholder::Checked checked =
        keyholder::check({arguments[0], arguments[1], certificate, key}, names, std::time(nullptr));
    for (const std::string& warning : checked.warnings) {
        std::fprintf(stderr, "warning: %s\n", warning.c_str());
    }
    if (!checked.error.empty()) {
        std::fprintf(stderr, "%s\n", checked.error.c_str());
    }
    return checked.error.empty() ? EXIT_SUCCESS : exit_config_errors;
}

} // namespace

int main(int argc, char** argv)
{
    std::set_new_handler(privsep::out_of_memory);
    begin_openssl();
    if (argc >= 4 && std::string_view{argv[1]} == "--check") {
        privsep::log_as("nanodnsd", false, 0);
        return check({argv + 2, argv + argc});
    }
    privsep::log_as(process, false, 0); // until the setup says more
    auto inherited = privsep::inherit();
    const auto layers = privsep::lock_down(process, inherited);
    const auto setup = read_setup(inherited);
    privsep::log_as(process, setup.log.journal, setup.log.verbosity);
    keyholder::Signer signer{take_key(inherited, setup)};
    privsep::EventLoop loop;
    privsep::limit_descriptors(max_descriptors);
    using Updater = keyholder::Keyholder::Channel;
    keyholder::Keyholder keyholder{loop, std::move(inherited.control),
                                   Updater{privsep::Channel{std::move(inherited.descriptors[updater_at])}},
                                   std::move(signer)};
    inherited.sandbox.enter();

    keyholder.serve(layers); // the first request is read here
    return EXIT_SUCCESS;
}
