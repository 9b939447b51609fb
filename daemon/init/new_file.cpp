#include "daemon/init/new_file.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "privsep/unique_fd.h"
#include "proto/base/text.h"

namespace init
{

namespace
{

using privsep::UniqueFd;

std::string folder_of(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) {
        return ".";
    }
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string exists_already(const std::string& path)
{
    return base::filled("{} exists already and is not changed: move it away, or name another file with -c",
                        {path});
}

std::string cannot_write(const std::string& path)
{
    return base::filled("cannot write {}: {}", {path, std::strerror(errno)});
}

/// While it exists, signals that would end the process wait, so that no file with another name is left.
class SignalsWait
{
public:
    SignalsWait() noexcept
    {
        sigset_t set{};
        ::sigemptyset(&set);
        for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
            ::sigaddset(&set, number);
        }
        ::sigprocmask(SIG_BLOCK, &set, &before_);
    }
    ~SignalsWait() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
    SignalsWait(const SignalsWait&) = delete;
    SignalsWait& operator=(const SignalsWait&) = delete;

private:
    sigset_t before_{};
};

bool write_all(int fd, std::string_view content)
{
    while (!content.empty()) {
        const ssize_t size = ::write(fd, content.data(), content.size());
        if (size < 0) {
            return false;
        }
        content.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

/// Whatever the umask is.
bool grant(int fd, const Access& access)
{
    return (!access.group || ::fchown(fd, static_cast<uid_t>(-1), *access.group) == 0) &&
           ::fchmod(fd, access.mode) == 0;
}

/// So that the new name is on the disk.
bool sync_folder(const std::string& folder)
{
    const UniqueFd fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    return fd && ::fsync(fd.get()) == 0;
}

} // namespace

std::string why_no_new_file(const std::string& path)
{
    struct stat about {
    };
    if (::lstat(path.c_str(), &about) == 0) {
        return exists_already(path);
    }
    const std::string folder = folder_of(path);
    if (::access(folder.c_str(), W_OK | X_OK) == 0) {
        return "";
    }
    const std::string_view remedy = errno == ENOENT   ? "make it first, or name another file with -c"
                                    : errno == EACCES ? "become root, or name another file with -c"
                                                      : "name another file with -c";
    return base::filled("cannot write to the folder {}: {}: {}", {folder, std::strerror(errno), remedy});
}

std::string write_new_file(const std::string& path, std::string_view content, const Access& access)
{
    const SignalsWait wait;
    std::string other = path + ".XXXXXX";
    const UniqueFd fd{::mkostemp(other.data(), O_CLOEXEC)}; // mode 0600
    if (!fd) {
        return cannot_write(path);
    }
    const bool is_written = write_all(fd.get(), content) && grant(fd.get(), access) && ::fsync(fd.get()) == 0;
    std::string error = is_written ? "" : cannot_write(path);
    if (is_written && ::link(other.c_str(), path.c_str()) != 0) {
        error = errno == EEXIST ? exists_already(path) : cannot_write(path);
    }
    ::unlink(other.c_str());
    if (error.empty() && !sync_folder(folder_of(path))) {
        error = cannot_write(path);
        ::unlink(path.c_str());
    }
    return error;
}

} // namespace init
