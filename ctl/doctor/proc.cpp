#include "ctl/doctor/proc.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <dirent.h>
#include <iterator>
#include <limits>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/text.h"

namespace ctl::doctor
{

namespace
{

constexpr std::size_t most_of_proc = std::size_t{1} << 20;

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

std::string proc(std::uint32_t pid, std::string_view name)
{
    return base::filled("/proc/{}/{}", {pid, name});
}

std::string read_proc(std::uint32_t pid, std::string_view name)
{
    return read_file(proc(pid, name), most_of_proc).value_or("");
}

std::string without_line_end(std::string text)
{
    text.erase(text.find_last_not_of('\n') + 1);
    return text;
}

std::vector<std::uint32_t> numbers(std::string_view text)
{
    std::vector<std::uint32_t> result;
    for (const std::string& word : split(text, ' ')) {
        if (const auto number = base::parse_decimal(word, std::numeric_limits<std::uint32_t>::max())) {
            result.push_back(static_cast<std::uint32_t>(*number));
        }
    }
    return result;
}

/// Whether the set, in hexadecimal, has a capability to read files of others: capabilities(7).
bool has_reading_capability(std::string_view set)
{
    constexpr int dac_override = 1;
    constexpr int dac_read_search = 2;
    const int last = set.empty() ? 0 : base::hex_digit(set.back());
    return last > 0 && (static_cast<unsigned>(last) & (1U << dac_override | 1U << dac_read_search)) != 0;
}

/// Takes a line of /proc/PID/status. The line of the user comes first, then that of the group.
void take_right(std::string_view name, std::string_view value, Rights& rights)
{
    if (name == "CapPrm:") { // the supervisor raises it only for a reload
        rights.reads_all = has_reading_capability(value);
        return;
    }
    const std::vector<std::uint32_t> ids = numbers(value);
    const std::uint32_t effective = ids.size() > 1 ? ids[1] : 0; // the first one is the real one
    if (name == "Uid:") {
        rights.uid = effective;
    } else if (name == "Gid:") {
        rights.gids.push_back(effective);
    } else if (name == "Groups:") {
        rights.gids.insert(rights.gids.end(), ids.begin(), ids.end());
    }
}

/// Options of nanodnsd(8): -c and -s have values, all others have none.
void read_options(const std::vector<std::string>& arguments, MainProcess& process)
{
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        const bool is_short = word.starts_with('-') && !word.starts_with("--");
        const std::size_t option = is_short ? word.find_first_of("cs") : word.npos;
        if (option == word.npos) {
            continue;
        }
        std::string& value = word[option] == 'c' ? process.config : process.state;
        value = word.substr(option + 1);
        if (value.empty() && i + 1 < arguments.size()) {
            value = arguments[++i];
        }
    }
}

/// Root runs the program of the process, so it must be one that only root can change.
bool is_trusted(std::uint32_t pid)
{
    struct stat about {
    };
    return ::geteuid() != 0 ||
           (::stat(proc(pid, "exe").c_str(), &about) == 0 && about.st_uid == 0 && (about.st_mode & 022) == 0);
}

bool is_daemon(std::uint32_t pid)
{
    return program_of(pid) == "nanodnsd" && is_trusted(pid);
}

} // namespace

std::optional<std::string> read_file(const std::string& path, std::size_t most)
{
    const std::unique_ptr<std::FILE, CloseFile> file{std::fopen(path.c_str(), "re")};
    if (!file) {
        return std::nullopt;
    }
    std::string text;
    std::array<char, 65536> room{};
    std::size_t size = 0;
    while ((size = std::fread(room.data(), 1, room.size(), file.get())) != 0) {
        text.append(room.data(), size);
        if (text.size() > most) {
            errno = EFBIG;
            return std::nullopt;
        }
    }
    return std::ferror(file.get()) == 0 ? std::optional{std::move(text)} : std::nullopt;
}

std::string read_link(const std::string& path)
{
    std::string target(PATH_MAX, '\0');
    const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
    target.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return target;
}

std::vector<std::string> names_in(const std::string& folder)
{
    std::vector<std::string> names;
    const std::unique_ptr<DIR, CloseFolder> open{::opendir(folder.c_str())};
    while (open) {
        const struct dirent* const entry = ::readdir(open.get());
        if (entry == nullptr) {
            break;
        }
        if (entry->d_name[0] != '.') {
            names.emplace_back(entry->d_name);
        }
    }
    return names;
}

std::vector<std::uint32_t> all_pids()
{
    std::vector<std::uint32_t> pids;
    for (const std::string& name : names_in("/proc")) {
        if (const auto pid = base::parse_decimal(name, std::numeric_limits<std::uint32_t>::max())) {
            pids.push_back(static_cast<std::uint32_t>(*pid));
        }
    }
    return pids;
}

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        if (end != 0) {
            parts.emplace_back(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

std::string program_of(std::uint32_t pid)
{
    return without_line_end(read_proc(pid, "comm"));
}

std::optional<Rights> rights_of(std::uint32_t pid)
{
    std::optional<Rights> rights;
    for (std::string& line : split(read_proc(pid, "status"), '\n')) {
        std::replace(line.begin(), line.end(), '\t', ' ');
        const std::size_t end = line.find(' ');
        if (end == line.npos) {
            continue;
        }
        const std::string_view name = std::string_view{line}.substr(0, end);
        if (name == "Uid:") {
            rights.emplace();
        }
        if (rights) {
            take_right(name, std::string_view{line}.substr(end + 1), *rights);
        }
    }
    return rights;
}

std::string MainProcess::reach(const std::string& path) const
{
    if (path.empty() || pid == 0) {
        return path;
    }
    if (path[0] != '/') {
        return proc(pid, "cwd/") + path;
    }
    const bool is_here = ::access(path.c_str(), F_OK) == 0 || errno != ENOENT;
    const std::string inside = proc(pid, "root") + path;
    return is_here || ::access(inside.c_str(), F_OK) != 0 ? path : inside;
}

MainProcess find_main_process(std::optional<std::uint32_t> pid)
{
    MainProcess process;
    const std::vector<std::uint32_t> candidates = pid ? std::vector{*pid} : all_pids();
    std::vector<std::uint32_t> found;
    std::copy_if(candidates.begin(), candidates.end(), std::back_inserter(found), is_daemon);
    process.pid = found.size() == 1 ? found.front() : 0; // with several it is not known which one is meant
    if (process.pid == 0) {
        return process;
    }
    read_options(split(read_proc(process.pid, "cmdline"), '\0'), process);
    constexpr std::string_view variable = "STATE_DIRECTORY=";
    for (const std::string& one : split(read_proc(process.pid, "environ"), '\0')) {
        if (one.starts_with(variable)) {
            process.state_directory = one.substr(variable.size());
        }
    }
    return process;
}

} // namespace ctl::doctor
