#include "daemon/start/provided_root.h"

#include <algorithm>
#include <dirent.h>
#include <linux/magic.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace supervisor
{

namespace
{

constexpr unsigned most_entries = 5000; ///< a root directory with more was not made for nanodnsd alone

struct CloseFolder {
    void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

bool is_at_or_below(std::string_view path, std::string_view folder) noexcept
{
    return !folder.empty() && path.starts_with(folder) &&
           (path.size() == folder.size() || path[folder.size()] == '/');
}

/// By its name: lib.so, lib.so.6, lib.so.1.2.3
bool is_library(std::string_view path) noexcept
{
    const std::size_t end = path.find_last_not_of("0123456789.");
    return end != std::string_view::npos && path.substr(0, end + 1).ends_with(".so");
}

/// /proc has no files on disk, and other layers of the sandbox protect processes.
bool is_proc(const std::string& path) noexcept
{
    struct statfs about {
    };
    return ::statfs(path.c_str(), &about) == 0 && about.f_type == PROC_SUPER_MAGIC;
}

class Walk
{
public:
    explicit Walk(const std::vector<std::string>& own) : own_(own) {}

    bool finds_only_own(const std::string& folder)
    {
        if (::access(folder.empty() ? "/" : folder.c_str(), W_OK) == 0) {
            return false;
        }
        const std::unique_ptr<DIR, CloseFolder> entries{::opendir(folder.empty() ? "/" : folder.c_str())};
        if (!entries) { // files in it can still be opened by name if it may be searched
            return ::access(folder.c_str(), X_OK) != 0;
        }
        while (const dirent* entry = ::readdir(entries.get())) { // NOLINT(concurrency-mt-unsafe)
            const std::string_view name = entry->d_name;
            if (name != "." && name != ".." && !is_harmless(folder + "/" + entry->d_name)) {
                return false;
            }
        }
        return true;
    }

private:
    bool is_harmless(const std::string& path)
    {
        struct stat about {
        };
        if (++seen_ > most_entries) {
            return false;
        }
        const bool is_own =
            std::ranges::any_of(own_, [&](const std::string& one) { return is_at_or_below(path, one); });
        if (is_own || ::lstat(path.c_str(), &about) != 0) {
            return true;
        }
        if (S_ISDIR(about.st_mode)) {
            return is_proc(path) || finds_only_own(path);
        }
        return !S_ISREG(about.st_mode) || is_library(path) || ::access(path.c_str(), R_OK) != 0;
    }

    const std::vector<std::string>& own_;
    unsigned seen_ = 0;
};

} // namespace

bool root_holds_only(const std::vector<std::string>& own)
{
    return Walk{own}.finds_only_own("");
}

} // namespace supervisor
