// nanodnsd-keyholder: has the private key of HTTPS and signs the handshakes with it.
//
// Faces: nobody.
// Holds: the private key.
// Talks to: the updater that speaks TLS, which asks for signatures (proto/ipc/handshake.h); the supervisor
//   (proto/ipc/control.h).
// May call: daemon/keyholder/syscalls.h.
//
// nanodnsd -n starts it with --check USER GROUP CERTIFICATE PLACE KEY PLACE NAME..., with the rights of the
// user who runs nanodnsd: it then reports what is wrong with the two files.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <new>
#include <openssl/crypto.h>
#include <openssl/pem.h>
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
#include "privsep/privileges.h"
#include "proto/base/secret.h"
#include "proto/base/text.h"
#include "proto/ipc/exit_status.h"
#include "proto/ipc/keyholder_setup.h"

namespace
{

constexpr const char* process = "nanodnsd-keyholder";
constexpr unsigned max_descriptors = 16;
constexpr std::size_t certificate_at = 0; ///< the positions of its descriptors
constexpr std::size_t key_at = 1;
constexpr std::size_t updater_at = 2;

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
        keyholder::check({setup.certificate_path, setup.key_path, certificate.bytes(), key.bytes(),
                          setup.certificate_at, setup.key_at},
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

/// The content of the file. If it cannot be read, `why` says why, behind its place in the config. `daemon`:
/// reads it.
base::WipedBytes content_of(const std::string& path, const std::string& place,
                            const privsep::Identity& daemon, std::string& why)
{
    const privsep::UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    base::WipedBytes content(keyholder::max_chain_bytes + 1);
    std::size_t size = 0;
    ssize_t more = 0;
    do { // a pipe may have less than is asked for
        more = file ? ::read(file.get(), content.data() + size, content.size() - size) : -1;
        size += more > 0 ? static_cast<std::size_t>(more) : 0;
    } while (more > 0 && size < content.size());
    if (more < 0) {
        why = place + common::why_unreadable(path, errno, daemon.uid, daemon.gid);
    }
    content.resize(size);
    return content;
}

/// The warnings also have one if every user may read the key.
keyholder::Checked check(const std::vector<const char*>& arguments)
{
    const privsep::Identity daemon = privsep::is_root()
                                         ? privsep::look_up_identity(arguments[0], arguments[1])
                                         : privsep::Identity{::geteuid(), ::getegid()};
    keyholder::KeyFiles files{arguments[2], arguments[4], {}, {}, arguments[3], arguments[5]};
    keyholder::Checked checked;
    const base::WipedBytes key = content_of(files.key_path, files.key_at, daemon, checked.error);
    const base::WipedBytes certificate =
        content_of(files.certificate_path, files.certificate_at, daemon, checked.error);
    if (!checked.error.empty()) {
        return checked;
    }
    files.certificate = certificate;
    files.key = key;
    std::vector<dns::Name> names;
    for (std::size_t i = 6; i < arguments.size(); ++i) {
        names.push_back(dns::Name::from_text(arguments[i]).value_or(dns::Name{}));
    }
    checked = keyholder::check(files, names, std::time(nullptr));
    std::string warning =
        common::warning_of_readers(files.key_path, common::private_key, daemon.uid, daemon.gid);
    if (!warning.empty()) {
        checked.warnings.push_back(std::move(warning));
    }
    return checked;
}

/// `arguments`: user= and group=, the path of the certificate, its place in the config, both of the key, and
/// the names of the name servers. `journal`: prints nothing but one log line if there is an error. Returns
/// the exit status.
int report(const std::vector<const char*>& arguments, bool journal)
{
    privsep::log_as("nanodnsd", journal, 0);
    const keyholder::Checked checked = check(arguments);
    if (journal && !checked.error.empty()) {
        privsep::log_text(privsep::Level::error, checked.error);
    } else if (!journal) {
        for (const std::string& warning : checked.warnings) {
            std::fprintf(stderr, "warning: %s\n", warning.c_str());
        }
        std::fprintf(stderr, "%s%s", checked.error.c_str(), checked.error.empty() ? "" : "\n");
    }
    return checked.error.empty() ? ipc::exit_has_https : ipc::exit_config_errors;
}

/// Writes a certificate for `name` and its key, for a trial.
int make_pair(const char* certificate_path, const char* key_path, const char* name)
{
    const keyholder::Key key{::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
    const keyholder::Certificate certificate{::X509_new()};
    const keyholder::Bio certificate_file{::BIO_new_file(certificate_path, "w")};
    const keyholder::Bio key_file{::BIO_new_file(key_path, "w")};
    X509* const it = certificate.get();
    const bool is_made =
        key && it != nullptr && ::X509_gmtime_adj(::X509_getm_notBefore(it), 0) != nullptr &&
        ::X509_gmtime_adj(::X509_getm_notAfter(it), 86400) != nullptr &&
        ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(it), "CN", MBSTRING_ASC,
                                     reinterpret_cast<const unsigned char*>(name), -1, -1, 0) == 1 &&
        ::X509_set_pubkey(it, key.get()) == 1 && ::X509_sign(it, key.get(), nullptr) > 0 &&
        ::PEM_write_bio_X509(certificate_file.get(), it) == 1 &&
        ::PEM_write_bio_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
        BIO_flush(certificate_file.get()) == 1 && BIO_flush(key_file.get()) == 1;
    return is_made ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace

int main(int argc, char** argv)
{
    std::set_new_handler(privsep::out_of_memory);
    begin_openssl();
    const std::string_view option = argc > 1 ? argv[1] : "";
    if (argc >= 8 && option.starts_with("--check")) {
        return report({argv + 2, argv + argc}, option == "--check-for-journal");
    }
    if (argc == 5 && option == "--make-pair") {
        return make_pair(argv[2], argv[3], argv[4]);
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
