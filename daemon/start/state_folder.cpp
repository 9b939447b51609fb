#include "daemon/start/state_folder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <unistd.h>
#include <utility>

#include "privsep/fail.h"
#include "privsep/log.h"
#include "proto/base/text.h"

namespace supervisor
{

namespace
{

using privsep::UniqueFd;

constexpr mode_t others_write = S_IWGRP | S_IWOTH;

UniqueFd open_folder(const std::string& path, int at = AT_FDCWD, int flags = 0) noexcept
{
    return UniqueFd{::openat(at, path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | flags)};
}

/// The group of root is root's own.
bool only_root_writes(const struct stat& folder) noexcept
{
    return folder.st_uid == 0 && (folder.st_mode & (folder.st_gid == 0 ? S_IWOTH : others_write)) == 0;
}

std::vector<gid_t> supplementary_groups()
{
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
    privsep::require(::getgroups(static_cast<int>(groups.size()), groups.data()) >= 0, "reading the groups");
    return groups;
}

/// A process that is not root may have the folder's group as a supplementary one (fsGroup of Kubernetes).
bool is_own_group(gid_t group, const StateOwner& owner)
{
    if (group == 0 || group == owner.gid()) {
        return true;
    }
    const std::vector<gid_t> groups = owner.service ? std::vector<gid_t>{} : supplementary_groups();
    return std::ranges::find(groups, group) != groups.end();
}

/// Whether only root can replace the entry of the folder. In a sticky folder, such as /tmp, nobody else can
/// replace a folder that belongs to root.
bool only_root_replaces(const struct stat& folder, const struct stat& entry) noexcept
{
    const bool keeps_entry =
        folder.st_uid == 0 && (folder.st_mode & S_ISVTX) != 0 && S_ISDIR(entry.st_mode) && entry.st_uid == 0;
    return only_root_writes(folder) || keeps_entry;
}

std::string target_of(const UniqueFd& link)
{
    std::array<char, PATH_MAX> target{};
    const ssize_t size = ::readlinkat(link.get(), "", target.data(), target.size());
    return {target.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

/// Removes the first part of a path, and returns it. Empty at the end.
std::string take_first(std::string& path)
{
    const std::size_t begin = std::min(path.find_first_not_of('/'), path.size());
    const std::size_t end = std::min(path.find('/', begin), path.size());
    std::string first = path.substr(begin, end - begin);
    path.erase(0, end);
    return first;
}

void make_absolute(std::string& path)
{
    std::array<char, PATH_MAX> here{};
    if (!path.starts_with('/') && ::getcwd(here.data(), here.size()) != nullptr) {
        path = base::filled("{}/{}", {here.data(), path});
    }
}

/// Opens a folder if only root can change where its path leads; otherwise none. Follows root's links.
UniqueFd open_through_roots_folders(std::string path)
{
    constexpr int most_links = 40; // as path_resolution(7)
    make_absolute(path);
    UniqueFd at = path.starts_with('/') ? open_folder("/") : UniqueFd{};
    for (int links = 0; at && links <= most_links;) {
        const std::string name = take_first(path);
        if (name.empty()) {
            return at;
        }
        UniqueFd next{::openat(at.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
        struct stat folder {
        };
        struct stat entry {
        };
        if (!next || ::fstat(at.get(), &folder) != 0 || ::fstat(next.get(), &entry) != 0 ||
            !only_root_replaces(folder, entry)) {
            return {};
        }
        if (S_ISLNK(entry.st_mode)) {
            ++links;
            path.insert(0, target_of(next));
            at = path.starts_with('/') ? open_folder("/") : std::move(at);
        } else {
            at = std::move(next);
        }
    }
    return {};
}

/// The folder that contains a folder, and the rights to make that one.
struct Outer {
    Outer(const std::string& folder, const std::optional<privsep::Identity>& service)
        : name(folder.substr(folder.rfind('/') + 1)), acting_as(service)
    {
        struct stat about {
        };
        struct stat made {
        };
        made.st_mode = S_IFDIR;
        if (service) {
            fd = open_through_roots_folders(folder_of(folder));
        }
        // root's new folder cannot be replaced before root gives it away
        if (fd && ::fstat(fd.get(), &about) == 0 && only_root_replaces(about, made)) {
            acting_as.reset();
        }
        if (!fd) {
            const ActingAsService acting{service};
            fd = open_folder(folder_of(folder));
        }
    }

    UniqueFd fd;
    std::string name;
    std::optional<privsep::Identity> acting_as; ///< nullopt: root, or this user
};

} // namespace

std::string folder_of(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
}

uid_t StateOwner::uid() const noexcept
{
    return service ? service->uid : ::geteuid();
}

gid_t StateOwner::gid() const noexcept
{
    return service ? service->gid : ::getegid();
}

std::string StateOwner::name_for_chown() const
{
    return name.empty() ? base::filled("{}:", {uid()}) : name;
}

StateOwner owner_of_state(const std::string& user, const std::string& group,
                          const std::optional<privsep::Identity>& identity)
{
    if (!identity) {
        return {};
    }
    const std::string_view fallback = identity->is_nobody ? "nobody" : "nanodnsd";
    return {identity, base::filled("{}:{}", {user.empty() ? fallback : std::string_view{user}, group})};
}

std::string command_to_give(const std::string& path, std::string_view owner)
{
    const std::string folder = folder_of(path);
    if (folder.ends_with("/nanodnsd")) {
        return base::filled("chown -R {} {}", {owner, folder});
    }
    std::string command = base::filled("chown {} {}", {owner, folder});
    struct stat about {
    };
    for (const char* suffix : {".0", ".1"}) {
        if (::lstat((path + suffix).c_str(), &about) == 0) {
            base::append(command, " {}{}", {path, suffix});
        }
    }
    return command;
}

bool others_may_write(const struct stat& about, const StateOwner& owner)
{
    return (about.st_mode & (is_own_group(about.st_gid, owner) ? S_IWOTH : others_write)) != 0;
}

ActingAsService::ActingAsService(const std::optional<privsep::Identity>& service)
{
    if (!service) {
        return;
    }
    groups_before_ = supplementary_groups();
    ::setgroups(0, nullptr); // a user namespace that refuses it has no groups (find_identity)
    acting_.emplace(*service);
}

ActingAsService::~ActingAsService()
{
    if (acting_) {
        acting_.reset();
        ::setgroups(groups_before_.size(), groups_before_.data());
    }
}

StateFolder::StateFolder(std::string path, StateOwner owner, Missing missing)
    : path_(std::move(path)), owner_(std::move(owner)), folder_(folder_of(path_)), acting_as_(owner_.service)
{
    if (missing == Missing::is_made) {
        make();
    }
    if (owner_.service) {
        fd_ = open_through_roots_folders(folder_);
    }
    const bool is_fixed = static_cast<bool>(fd_);
    if (!fd_) {
        const ActingAsService acting{acting_as_};
        fd_ = open_folder(folder_);
    }
    const int error = errno;
    if (!fd_ && (error != ENOENT || missing == Missing::is_made || !is_writable())) {
        privsep::fail(
            "cannot open {}, the folder of the state: {}: it must exist and be writable for uid {}; "
            "see -s",
            {folder_, std::strerror(error), owner_.uid()});
    }
    if (fd_) {
        struct stat about {
        };
        privsep::require(::fstat(fd_.get(), &about) == 0, "the folder of the state");
        check(about);
        acting_as_ = is_fixed && only_root_writes(about) ? std::nullopt : owner_.service;
    }
}

/// Makes the last folder of the path. Root gives away only a folder that nobody else can have replaced.
void StateFolder::make() const
{
    const Outer outer{folder_, owner_.service};
    const ActingAsService acting{outer.acting_as};
    if (::mkdirat(outer.fd.get(), outer.name.c_str(), S_IRWXU) != 0) {
        return;
    }
    if (owner_.service && !outer.acting_as) {
        const UniqueFd made{
            ::openat(outer.fd.get(), outer.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
        [[maybe_unused]] const int result = ::fchown(made.get(), owner_.uid(), owner_.gid());
    }
    const UniqueFd container{::openat(outer.fd.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    ::fsync(container.get()); // it has the new name; best effort
}

void StateFolder::check(const struct stat& about) const
{
    const bool is_foreign = about.st_uid != 0 && about.st_uid != owner_.uid();
    const bool is_open = others_may_write(about, owner_);
    if (!is_foreign && !is_open) {
        return;
    }
    std::string command = is_foreign ? command_to_give(path_, owner_.name_for_chown()) : "";
    if (is_open && (about.st_mode & S_ISVTX) != 0) { // as /tmp, which must stay as it is
        command = "use another folder, see -s";
    } else if (is_open) {
        base::append(command, "{}chmod go-w {}", {command.empty() ? "" : " && ", folder_});
    }
    const std::string text =
        is_foreign ? base::filled("{}, the folder of the state, belongs to uid {}, and this is uid {}: {}",
                                  {folder_, about.st_uid, owner_.uid(), command})
                   : base::filled("other users may write to {}, the folder of the state, and replace the "
                                  "state: {}",
                                  {folder_, command});
    if (owner_.service) {
        privsep::fail("{}", {text});
    }
    privsep::log_text(privsep::Level::warning, text);
}

UniqueFd StateFolder::open(const char* suffix, int flags) const
{
    const std::string name = path_.substr(path_.rfind('/') + 1) + suffix;
    const auto open = [&] {
        return UniqueFd{::openat(fd_.get(), name.c_str(),
                                 flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, S_IRUSR | S_IWUSR)};
    };
    UniqueFd file = open();
    if (!file && errno == EACCES && owner_.service) { // root without CAP_DAC_OVERRIDE, a file of the owner
        const ActingAsService acting{owner_.service};
        file = open();
    }
    return file;
}

bool StateFolder::find(const char* suffix, struct stat& found) const noexcept
{
    const std::string name = path_.substr(path_.rfind('/') + 1) + suffix;
    return ::fstatat(fd_.get(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0;
}

UniqueFd StateFolder::open_itself() const noexcept
{
    return UniqueFd{::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
}

bool StateFolder::is_writable() const noexcept
{
    const auto may_write = [](const UniqueFd& folder, const std::optional<privsep::Identity>& who) {
        const ActingAsService acting{who};
        return ::faccessat(folder.get(), ".", W_OK | X_OK, AT_EACCESS) == 0;
    };
    if (fd_) {
        return may_write(fd_, acting_as_);
    }
    const Outer outer{folder_, owner_.service};
    struct stat about {
    };
    const bool is_free = // a link that leads nowhere is in the way
        ::fstatat(outer.fd.get(), outer.name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0;
    return outer.fd && is_free && may_write(outer.fd, outer.acting_as);
}

} // namespace supervisor
