// The connection to the console of a running daemon.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ctl/exit.h"
#include "ctl/fd.h"
#include "ctl/names.h"
#include "proto/ipc/admin.h"

namespace ctl
{

namespace admin = ipc::admin;

/// How long the console may take for each record. It gives up a command after 10 s itself.
inline constexpr std::chrono::milliseconds usual_patience{15'000};
/// A reload waits until the clients of the old processes are answered.
inline constexpr std::chrono::milliseconds patience_for_reload{120'000};
inline constexpr std::chrono::milliseconds forever{0};

/// One record, or why there is none.
struct Received {
    std::optional<admin::ConsoleToClient> message;
    Failure failure{};
};

class Connection
{
public:
    /// Connects, and says Hello.
    static std::variant<Connection, Failure> open(const std::string& path,
                                                  std::chrono::milliseconds patience = usual_patience);

    const std::string& daemon_version() const noexcept { return version_; }
    const Names& names() const noexcept { return names_; }

    /// For each record from now on.
    void set_patience(std::chrono::milliseconds patience) const;
    std::optional<Failure> send(const admin::ClientToConsole& request) const;
    Received receive();

    /// Sends a request and calls `row` with each record of the answer until it is done, which is returned.
    using Row = std::function<void(const admin::ConsoleToClient&)>;
    std::variant<admin::Done, admin::Refusal, Failure> ask(const admin::ClientToConsole& request,
                                                           const Row& row);

private:
    explicit Connection(Fd socket) : socket_(std::move(socket)), room_(admin::max_answer) {}
    std::optional<Failure> greet();

    Fd socket_;
    std::vector<std::uint8_t> room_;
    std::string version_;
    Names names_;
};

/// What an administrator does who lacks the rights of the group.
std::string how_to_join(const std::string& group);
/// Whether the daemon did not answer in time: it hangs, or the service manager holds its socket.
bool is_silence(const Failure& failure);
/// Whether the daemon ended the connection before its answer: a reload has replaced the console.
bool is_closing(const Failure& failure);

/// The exit status and the sentence of a refusal.
Failure failure_of(const admin::Refusal& refusal);

} // namespace ctl
