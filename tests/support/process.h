// Programs that a test starts: their output, their end, never a sleep.
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

/// Long enough for a busy machine; nothing waits for it unless a test fails.
inline constexpr std::chrono::seconds patience{20};

/// A folder of its own that everybody may read, gone with its owner.
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
/// Of a file in /proc, whose size is not known.
std::string read_proc(pid_t pid, const std::string& name);

struct Start {
    std::vector<std::string> command;
    std::vector<std::string> environment;   ///< added to PATH alone
    std::function<void()> before_exec = {}; ///< runs in the new process
};

/// A program whose stdout and stderr are read together.
class Process
{
public:
    explicit Process(const Start& start);
    /// Kills it where it still runs. What a sanitizer reported is a failure of the test, whatever it expects.
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t pid() const noexcept { return pid_; }
    void signal(int number) const;
    /// Reads until the output has `text`, from `from` on; the offset behind it, or nothing when patience
    /// or the output ended.
    std::optional<std::size_t> wait_for(const std::string& text, std::size_t from = 0);
    /// All that was read so far, and what is there by now.
    const std::string& output();
    /// Waits for its end: the exit status, or 128 and the signal; nothing when patience ended.
    std::optional<int> wait();

private:
    bool read_some(std::chrono::steady_clock::time_point until);

    pid_t pid_ = -1;
    privsep::UniqueFd out_;
    std::string output_;
};

/// For Start::before_exec: a user and a group that nobody else has here, and no further groups.
void become_ordinary();

struct Result {
    int status = -1;
    std::string output;
};

/// The line where a sanitizer's report begins; in a sanitizer's build, also the one that says that a process
/// was refused a system call, since its run time may lack one. Empty where there is none.
std::string sanitizer_report(const std::string& output);

/// Runs a command to its end, stdout and stderr together.
Result run(const Start& start);
Result run(const std::vector<std::string>& command);

/// Waits until `condition` holds, asking again whenever a process of this machine may have moved on.
bool eventually(const std::function<bool()>& condition);

} // namespace support
