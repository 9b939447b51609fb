// Programs that a test starts: reads their output and waits for their exit, without sleeps.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "privsep/unique_fd.h"

namespace support
{

/// Long enough for a busy machine. Only a failing test waits that long.
inline constexpr std::chrono::seconds patience{20};

/// A new folder that all users may read. The destructor removes it.
class Folder
{
public:
    explicit Folder(const std::string& where = "/tmp");
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const std::string& path() const noexcept { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

void write_file(const std::string& path, const std::string& content);
std::string read_file(const std::string& path);
/// Reads /proc/PID/`name`, whose size is not known in advance.
std::string read_proc(pid_t pid, const std::string& name);

struct Start {
    std::vector<std::string> command;
    std::vector<std::string> environment;   ///< in addition to PATH; nothing else is passed
    std::function<void()> before_exec = {}; ///< runs in the new process
};

/// A running program, whose stdout and stderr are one pipe.
class Process
{
public:
    explicit Process(const Start& start);
    /// Kills it if it still runs. Fails the test if a sanitizer has reported something.
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t pid() const noexcept { return pid_; }
    void signal(int number) const;
    /// Reads until the output has `text` at or after the offset `from`. Returns the offset behind it, or none
    /// after `patience` or at the end of the output.
    std::optional<std::size_t> wait_for(const std::string& text, std::size_t from = 0);
    /// All output so far; reads what is there without waiting.
    const std::string& output();
    /// Waits until it exits. Returns the exit status, or 128 plus the signal; none after `patience`.
    std::optional<int> wait();

private:
    bool read_some(std::chrono::steady_clock::time_point until);

    pid_t pid_ = -1;
    privsep::UniqueFd out_;
    std::string output_;
};

/// For Start::before_exec: changes to a user and a group that no other process has, without further groups.
/// Gives that user `folder_of_ordinary` first, if it is set.
void become_ordinary();
/// The folder that the next process must be able to write if it is that of an ordinary user.
inline std::string folder_of_ordinary;

struct Result {
    int status = -1;
    std::string output;
};

/// The first line of a sanitizer's report. In a sanitizer's build, also the line about a refused system call,
/// since the filter may lack one that the sanitizer's run time needs. Empty if there is none.
std::string sanitizer_report(const std::string& output);

/// Runs a command until it exits; the output has stdout and stderr.
Result run(const Start& start);
Result run(const std::vector<std::string>& command);

/// Waits until `condition` holds; false after `patience`.
bool eventually(const std::function<bool()>& condition);

} // namespace support
