#include "daemon/start/programs.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "daemon/start/state_folder.h"
#include "privsep/fail.h"

namespace supervisor
{

namespace
{

using privsep::Identity;
using privsep::UniqueFd;

struct Free {
    void operator()(char* text) const noexcept { std::free(text); } // NOLINT(cppcoreguidelines-no-malloc)
};

/// By the mode bits, as execve(2) checks them.
bool may_run(const UniqueFd& program, const Identity& identity)
{
    struct stat about {
    };
    if (::fstat(program.get(), &about) != 0) {
        return true; // if it cannot be run, its start fails
    }
    const mode_t needed =
        about.st_uid == identity.uid ? S_IXUSR : (about.st_gid == identity.gid ? S_IXGRP : S_IXOTH);
    return (about.st_mode & needed) != 0;
}

} // namespace

std::string own_executable()
{
    std::string self(4096, '\0');
    const ssize_t size = ::readlink("/proc/self/exe", self.data(), self.size());
    if (size > 0) {
        self.resize(static_cast<std::size_t>(size));
        return self;
    }
    // the path given to execve(2), which may be relative to the working directory at that time
    const auto* name =
        reinterpret_cast<const char*>(::getauxval(AT_EXECFN)); // NOLINT(performance-no-int-to-ptr)
    const std::unique_ptr<char, Free> path{name != nullptr ? ::realpath(name, nullptr) : nullptr};
    return path ? std::string{path.get()} : std::string{};
}

std::string program_folder()
{
    return folder_of(folder_of(own_executable())) + "/libexec/nanodnsd/";
}

void fail_without(const std::string& program, int error)
{
    if (error == EACCES) {
        privsep::fail("cannot open {}: {}: all users must be able to run it: chmod -R a+rX {}",
                      {program, std::strerror(error), program.substr(0, program.rfind('/'))});
    }
    privsep::fail("cannot open {}: {}: the installation is incomplete; install nanodnsd again",
                  {program, std::strerror(error)});
}

Programs open_programs(const Table& table, std::span<UniqueFd> filters)
{
    const std::string folder = program_folder();
    const auto open = [&](const char* name, UniqueFd& filter) {
        UniqueFd fd{::open((folder + name).c_str(), O_PATH | O_CLOEXEC)};
        if (!fd) {
            fail_without(folder + name, errno);
        }
        return Program{std::move(fd), std::move(filter)};
    };
    Programs programs;
    for (std::size_t row = 0; row < table.roles.size(); ++row) {
        programs.children.push_back(open(table.roles[row].name, filters[row]));
    }
    programs.reader = open(reader_name, filters[table.roles.size()]);
    return programs;
}

void require_right_to_run(const Programs& programs, const Identity& identity)
{
    const auto is_refused = [&](const Program& program) { return !may_run(program.executable, identity); };
    if (is_refused(programs.reader) || std::ranges::any_of(programs.children, is_refused)) {
        privsep::fail(
            "uid {} may not run the programs in {}, probably because of the umask at their installation: "
            "chmod -R a+rX {}",
            {identity.uid, program_folder(), program_folder()});
    }
}

} // namespace supervisor
