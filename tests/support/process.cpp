#include "tests/support/process.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <gtest/gtest.h>
#include <iterator>
#include <poll.h>
#include <sched.h>
#include <stdexcept>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "privsep/sanitizer_calls.h"

namespace support
{

namespace
{

using Clock = std::chrono::steady_clock;
using privsep::UniqueFd;

std::vector<char*> pointers(const std::vector<std::string>& words)
{
    std::vector<char*> result;
    for (const std::string& word : words) {
        result.push_back(const_cast<char*>(word.c_str())); // exec(2) does not write there
    }
    result.push_back(nullptr);
    return result;
}

[[noreturn]] void become(const Start& start, int out)
{
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    const UniqueFd null{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    ::dup2(null.get(), STDIN_FILENO);
    if (start.before_exec) {
        start.before_exec();
    }
    std::vector<std::string> environment = start.environment;
    environment.emplace_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    environment.emplace_back("LC_ALL=C");
    ::execvpe(start.command[0].c_str(), pointers(start.command).data(), pointers(environment).data());
    ::_exit(127);
}

int left_ms(Clock::time_point until)
{
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
}

} // namespace

Folder::Folder(const std::string& where) : path_(where + "/nanodnsd-test.XXXXXX")
{
    if (::mkdtemp(path_.data()) == nullptr || ::chmod(path_.c_str(), 0755) != 0) {
        throw std::runtime_error{"cannot make a folder in " + where};
    }
}

Folder::~Folder()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void write_file(const std::string& path, const std::string& content)
{
    std::ofstream{path, std::ios::binary | std::ios::trunc} << content;
}

std::string read_file(const std::string& path)
{
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

std::string read_proc(pid_t pid, const std::string& name)
{
    const std::string path = "/proc/" + std::to_string(pid) + "/" + name;
    const UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    std::string text;
    std::array<char, 4096> piece{};
    ssize_t size = 0;
    // not by a stream: read(2) fails with ESRCH if the process has exited, and a stream throws then
    while (file && (size = ::read(file.get(), piece.data(), piece.size())) > 0) {
        text.append(piece.data(), static_cast<std::size_t>(size));
    }
    return text;
}

Process::Process(const Start& start)
{
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error{"pipe2"};
    }
    out_ = UniqueFd{pipe[0]};
    const UniqueFd in{pipe[1]};
    pid_ = ::fork();
    if (pid_ == 0) {
        become(start, in.get());
    }
    ::fcntl(out_.get(), F_SETFL, O_NONBLOCK);
}

Process::~Process()
{
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    if (const std::string report = sanitizer_report(output()); !report.empty()) {
        ADD_FAILURE() << report << "\nin the output of a process:\n" << output_;
    }
}

void Process::signal(int number) const
{
    if (pid_ > 0) { // -1 would be all processes
        ::kill(pid_, number);
    }
}

bool Process::read_some(Clock::time_point until)
{
    pollfd wait{out_.get(), POLLIN, 0};
    if (::poll(&wait, 1, left_ms(until)) <= 0) {
        return false;
    }
    std::array<char, 65536> piece{};
    const ssize_t size = ::read(out_.get(), piece.data(), piece.size());
    if (size > 0) {
        output_.append(piece.data(), static_cast<std::size_t>(size));
    }
    return size > 0;
}

std::optional<std::size_t> Process::wait_for(const std::string& text, std::size_t from)
{
    const auto until = Clock::now() + patience;
    std::size_t at = 0;
    while ((at = output_.find(text, from)) == std::string::npos) {
        if (!read_some(until)) {
            return std::nullopt;
        }
    }
    return at + text.size();
}

const std::string& Process::output()
{
    while (read_some(Clock::now())) {}
    return output_;
}

std::optional<int> Process::wait()
{
    const UniqueFd handle{static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0))};
    const auto until = Clock::now() + patience;
    pollfd wait{handle.get(), POLLIN, 0};
    while (::poll(&wait, 1, 0) == 0) { // reads meanwhile: a full pipe would block the process
        std::array<pollfd, 2> both{wait, pollfd{out_.get(), POLLIN, 0}};
        if (::poll(both.data(), 2, left_ms(until)) <= 0) {
            return std::nullopt;
        }
        if ((both[1].revents & POLLIN) != 0) {
            read_some(until);
        } else if (both[1].revents != 0 && ::poll(&wait, 1, left_ms(until)) <= 0) {
            return std::nullopt; // the pipe has no more writers, but the process does not exit
        }
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    output();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string sanitizer_report(const std::string& output)
{
    std::vector<const char*> signs{"Sanitizer:", "runtime error:"};
    if constexpr (privsep::is_sanitized) {
        signs.push_back("its filter refuses");
    }
    for (const char* sign : signs) {
        if (const std::size_t at = output.find(sign); at != std::string::npos) {
            const std::size_t begin = output.rfind('\n', at) + 1; // npos + 1 is 0: the first line
            return output.substr(begin, output.find('\n', at) - begin);
        }
    }
    return {};
}

void become_ordinary()
{
    constexpr uid_t ordinary = 54321;
    [[maybe_unused]] const int given = ::chown(folder_of_ordinary.c_str(), ordinary, ordinary);
    if (::setgroups(0, nullptr) != 0 || ::setresgid(ordinary, ordinary, ordinary) != 0 ||
        ::setresuid(ordinary, ordinary, ordinary) != 0) {
        ::_exit(1);
    }
}

Result run(const std::vector<std::string>& command)
{
    return run(Start{command, {}});
}

Result run(const Start& start)
{
    Process process{start};
    const int status = process.wait().value_or(-1);
    return {status, process.output()};
}

bool eventually(const std::function<bool()>& condition)
{
    const auto until = Clock::now() + patience;
    while (!condition()) {
        if (Clock::now() > until) {
            return false;
        }
        ::sched_yield();
    }
    return true;
}

} // namespace support
