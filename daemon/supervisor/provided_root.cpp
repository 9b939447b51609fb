#include "daemon/supervisor/provided_root.h"

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

constexpr unsigned most_entries = 5000; ///< a root that has more was made for others, too

struct CloseFolder {
    void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

bool is_at_or_below(std::string_view path, std::string_view folder) noexcept
{
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

/// Processes are the business of other layers, and what the kernel shows of them is no file.
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
        while (const dirent* entry =
                   entries ? ::readdir(entries.get()) : nullptr) { // NOLINT(concurrency-mt-unsafe)
            const std::string_view name = entry->d_name;
            if (name != "." && name != ".." && !is_harmless(folder + "/" + entry->d_name)) {
                return false;
            }
        }
        return true; // what may not be listed holds no name that anybody could use
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
        return !S_ISREG(about.st_mode) || path.find(".so", path.rfind('/')) != std::string::npos ||
               ::access(path.c_str(), R_OK) != 0;
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
