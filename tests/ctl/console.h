// A console for nanodnsctl: it speaks proto/ipc/admin.h over a real socket and answers as the test wants. And
// runs of nanodnsctl with a fixed clock, whose texts are compared whole.
#pragma once

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "ctl/commands.h"
#include "ctl/fd.h"
#include "proto/base/pattern.h"
#include "proto/ipc/admin.h"

namespace ctl_test
{

namespace admin = ipc::admin;

inline base::UnixTime utc(std::int64_t seconds)
{
    return base::UnixTime{base::Seconds{seconds}};
}
/// 2026-11-28T12:00:00Z
inline const base::UnixTime now = utc(1795867200);
inline constexpr base::Seconds minute{60};
inline constexpr base::Seconds hour{3600};
inline constexpr base::Seconds day{86400};

inline dns::CompactName named(const std::string& label)
{
    const std::string name = label == "@" ? "dyn.mydomain.test" : label + ".dyn.mydomain.test";
    return dns::CompactName{*dns::Name::from_text(name)};
}

/// An answer without Done or a Refusal leaves the request open; an empty one closes the connection.
struct Answer : std::vector<admin::ConsoleToClient> {
    using vector::vector;
    bool closes = false; ///< the connection, after it
};
using Answering = std::function<Answer(const admin::ClientToConsole&)>;

class Console
{
public:
    explicit Console(Answering answering) : answering_(std::move(answering))
    {
        std::string folder = testing::TempDir() + "ctl-XXXXXX";
        folder_ = ::mkdtemp(folder.data());
        listen();
    }
    ~Console()
    {
        ::shutdown(listener_.get(), SHUT_RDWR);
        thread_.join();
        std::filesystem::remove_all(folder_);
    }
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;

    std::string path() const { return folder_ + "/control"; }
    std::string folder() const { return folder_; }
    unsigned connections() const { return connections_; }

private:
    void listen()
    {
        listener_ = ctl::Fd{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
        struct sockaddr_un address {
        };
        address.sun_family = AF_UNIX;
        path().copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(listener_.get(), 16), 0);
        thread_ = std::thread{[this] { serve(); }};
    }
    void serve()
    {
        for (;;) {
            const ctl::Fd client{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
            if (client.get() < 0) {
                return;
            }
            ++connections_;
            std::vector<std::uint8_t> room(admin::max_request);
            for (ssize_t size = 0; (size = ::recv(client.get(), room.data(), room.size(), 0)) > 0;) {
                if (!answer(client.get(), {room.data(), static_cast<std::size_t>(size)})) {
                    break;
                }
            }
        }
    }
    bool answer(int client, base::Bytes record)
    {
        const auto request = ipc::decode<admin::ClientToConsole>(record);
        EXPECT_TRUE(request);
        const Answer records = request ? answering_(*request) : Answer{};
        for (const auto& one : records) {
            std::vector<std::uint8_t> room(admin::max_answer);
            const base::Bytes bytes = ipc::encode(one, room);
            EXPECT_FALSE(bytes.empty());
            ::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        }
        return !records.empty() && !records.closes;
    }

    Answering answering_;
    std::string folder_;
    ctl::Fd listener_;
    std::atomic<unsigned> connections_ = 0;
    std::thread thread_;
};

/// Answers as `answering`, but the first answer to a `Request` ends with the connection before its last
/// record, as if a reload had replaced the console.
template <typename Request>
Answering replaced_at(Answering answering)
{
    return [answering = std::move(answering), is_replaced = false](const auto& request) mutable {
        Answer answer = answering(request);
        if (std::holds_alternative<Request>(request) && !std::exchange(is_replaced, true)) {
            answer.pop_back();
            answer.closes = true;
        }
        return answer;
    };
}

/// The answer to Hello.
inline const admin::Welcome welcome{"1.1.0", named("@")};

struct Ran {
    int status = -1;
    std::string out;
    std::string err;
};

/// For what must answer, however busy the machine is.
inline constexpr std::chrono::milliseconds no_hurry{60'000};

/// What is different from a run of nanodnsctl without a terminal.
struct How {
    ctl::Terminal terminal{};
    std::map<std::string, std::string> environment{};
    std::chrono::milliseconds patience = ctl::usual_patience;
    std::string daemon_program{};
    std::string bus{};
    std::function<ctl::OpenedJournal()> open_journal = [] {
        return ctl::Failure{ctl::Exit::failed, "there is no journal"};
    };
};

/// Runs nanodnsctl with these arguments. `socket`: for $NANODNSD_SOCKET.
inline Ran run(const std::vector<std::string>& arguments, const std::string& socket, How how = {})
{
    Ran ran;
    char* out = nullptr;
    char* err = nullptr;
    std::size_t out_size = 0;
    std::size_t err_size = 0;
    how.environment.emplace("NANODNSD_SOCKET", socket);
    ctl::Context context;
    context.out = ::open_memstream(&out, &out_size);
    context.err = ::open_memstream(&err, &err_size);
    context.terminal = how.terminal;
    context.environment = [&](const char* name) {
        const auto found = how.environment.find(name);
        return found == how.environment.end() ? nullptr : found->second.c_str();
    };
    context.now = [] { return now; };
    context.patience = how.patience;
    context.retry = std::chrono::milliseconds{1};
    context.daemon_program = how.daemon_program;
    context.bus = how.bus;
    context.bus_patience = no_hurry;
    context.open_journal = how.open_journal;
    ran.status = static_cast<int>(ctl::main_with(context, arguments));
    std::fclose(context.out);
    std::fclose(context.err);
    ran.out.assign(out, out_size);
    ran.err.assign(err, err_size);
    std::free(out);
    std::free(err);
    return ran;
}

} // namespace ctl_test
