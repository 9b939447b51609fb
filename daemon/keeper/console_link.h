// The keeper's channel to the console (proto/ipc/console.h). It never waits for the console.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "daemon/keeper/feeds.h"
#include "daemon/keeper/host_rows.h"
#include "daemon/keeper/ledger.h"
#include "daemon/keeper/report_peer.h"
#include "privsep/channel.h"
#include "privsep/event_loop.h"
#include "proto/ipc/console.h"

namespace keeper
{

class ConsoleLink : public privsep::Watcher
{
public:
    /// The references must outlive it. `report_peer` is called for a console that breaks the protocol.
    ConsoleLink(privsep::EventLoop& loop, Ledger& ledger, Feeds& feeds, ReportPeer report_peer);
    ConsoleLink(const ConsoleLink&) = delete;
    ConsoleLink& operator=(const ConsoleLink&) = delete;
    ~ConsoleLink() override;

    /// Replaces the channel; the answer to the last request is dropped.
    void attach(privsep::UniqueFd channel);
    bool is_attached() const noexcept { return static_cast<bool>(channel_); }

    /// Sends a part of the answer, or reads one request if the last one is answered.
    void ready(std::uint32_t events) override;
    /// Tells the console if it waits for a change and there is one.
    void announce();

private:
    // What is still to be sent for the current request.
    using Record = std::vector<std::uint8_t>; ///< one message
    struct Rows {
        ipc::RequestId id{};
        std::optional<PartNumber> next; ///< host or follower
        unsigned left = 0;              ///< rows
        bool is_page = false;
        std::optional<HostNumber> leader{}; ///< of the followers to be sent first
        std::size_t next_follower = 0;
        ipc::ChangePlace place{};
        std::uint32_t serial = 0;
    };
    struct Changes {
        ipc::RequestId id{};
        std::uint64_t next = 0;
        unsigned left = ipc::max_rows;
    };
    using Answer = std::variant<std::monostate, Record, Rows, Changes>;

    bool is_answering() const noexcept { return !std::holds_alternative<std::monostate>(answer_); }
    void begin(const ipc::AskHosts& request);
    void begin(const ipc::AskHost& request);
    void begin(const ipc::SetHost& request);
    void begin(const ipc::ClearHost& request);
    void begin(const ipc::AskChanges& request);
    void begin(const ipc::AskSummary& request);
    ipc::HostChanged administer(const dns::Name& name, ipc::Propose& proposal, const ipc::Administrator& by);

    // These send the next message of an answer. Once that is the last one, the answer is over.
    static privsep::Transfer send_next(const std::monostate& /*none*/) { return privsep::Transfer::done; }
    privsep::Transfer send_next(const Record& record);
    privsep::Transfer send_next(Rows& rows);
    privsep::Transfer send_next(Changes& changes);
    template <typename Message>
    static Record record_of(const Message& message);
    template <typename Message>
    privsep::Transfer send(const Message& message);
    template <typename Message>
    privsep::Transfer send_last(const Message& message);
    std::optional<std::size_t> follower_of(const Rows& rows) const noexcept;

    privsep::Transfer answer();
    privsep::Transfer read_request();
    void detach() noexcept;

    privsep::EventLoop& loop_;
    Ledger& ledger_;
    Feeds& feeds_;
    HostRows rows_;
    ReportPeer report_peer_;
    privsep::Channel channel_;
    Answer answer_;
    bool is_over_ = false;                     ///< the last message of the answer was sent
    std::optional<std::uint64_t> waits_after_; ///< the number of the change; none: it does not wait
    std::uint32_t watched_ = 0;
};

} // namespace keeper
