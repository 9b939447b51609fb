// A child for tests: sends its name over each channel, and logs what it receives.
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "privsep/child.h"
#include "privsep/event_loop.h"
#include "privsep/fail.h"
#include "privsep/log.h"
#include "proto/ipc/config.h"
#include "proto/ipc/setup.h"
#include "tests/roles/probe/probe.h"

namespace
{

using privsep::Level;
using privsep::Transfer;

/// The edge between probes. Its only message says who the sender is.
using ToPeer = std::variant<ipc::SetupMade>;
using Channel = privsep::TypedChannel<ToPeer, ToPeer>;

class Peer : public privsep::Watcher
{
public:
    Peer(privsep::EventLoop& loop, Channel channel, std::uint16_t self)
        : loop_(loop), channel_(std::move(channel))
    {
        channel_.send(ipc::SetupMade{probe::id, self});
        loop_.add(channel_.get(), EPOLLIN, *this);
    }
    ~Peer() override { close(); }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    void ready(std::uint32_t events) override
    {
        channel_.heed(events);
        std::optional<ToPeer> message;
        if (channel_.receive(message) == Transfer::done) {
            privsep::log(Level::notice, "heard from {}", {std::get<ipc::SetupMade>(*message).index + 1});
        } else {
            close();
        }
    }

private:
    void close()
    {
        if (channel_) {
            loop_.remove(channel_.get(), *this);
            channel_.close();
        }
    }

    privsep::EventLoop& loop_;
    Channel channel_;
};

class Probe : public privsep::Watcher
{
public:
    Probe(privsep::EventLoop& loop, privsep::Inherited& inherited, std::uint16_t self)
        : loop_(loop), control_(std::move(inherited.control)), self_(self)
    {
        loop_.add(control_.get(), EPOLLIN, *this);
        for (std::uint16_t index = 0; privsep::UniqueFd & descriptor : inherited.descriptors) {
            index = static_cast<std::uint16_t>(index == self_ ? index + 1 : index);
            add_peer(index++, std::move(descriptor));
        }
    }

    void serve(std::uint32_t layers)
    {
        control_.send(ipc::Ready{layers});
        while (!has_ended_) {
            loop_.turn(-1);
        }
        privsep::log_text(Level::notice, "finished");
    }

    void ready(std::uint32_t /*events*/) override
    {
        std::optional<ipc::SupervisorToChild> message;
        privsep::UniqueFd passed;
        if (control_.receive(message, passed) != Transfer::done) {
            has_ended_ = true;
        } else if (const auto* ping = std::get_if<ipc::Ping>(&*message)) {
            control_.send(ipc::Pong{ping->number});
        } else if (const auto* attach = std::get_if<ipc::Attach>(&*message)) {
            add_peer(attach->index, std::move(passed));
        } else if (std::holds_alternative<ipc::ReportStatistics>(*message)) {
            privsep::log(Level::notice, "has {} peers", {peers_.size()});
        } else if (const auto* secrets = std::get_if<ipc::CookieSecrets>(&*message)) {
            privsep::log(Level::notice, "makes cookies with secret {}{}",
                         {base::load<std::uint32_t>(secrets->current.data()),
                          secrets->has_previous ? " and accepts another" : ""});
        } else {
            has_ended_ = true;
        }
    }

private:
    void add_peer(std::uint16_t index, privsep::UniqueFd channel)
    {
        peers_[index] = std::make_unique<Peer>(loop_, Channel{privsep::Channel{std::move(channel)}}, self_);
    }

    privsep::EventLoop& loop_;
    privsep::ControlChannel control_;
    std::uint16_t self_;
    std::map<std::uint16_t, std::unique_ptr<Peer>> peers_;
    bool has_ended_ = false;
};

} // namespace

int main()
{
    auto inherited = privsep::inherit();
    const auto layers = privsep::lock_down("nanodnsd-probe", inherited);
    std::uint16_t self = 0;
    ipc::read_setup<ToPeer>(inherited.setup.bytes(), [&](const ipc::SetupMade& me) { self = me.index; });
    inherited.setup = {};
    static const std::string name = "nanodnsd-probe-" + std::to_string(self + 1);
    privsep::log_as(name.c_str(), false, 0);
    privsep::EventLoop loop;
    Probe probe{loop, inherited, self};
    inherited.sandbox.enter();
    probe.serve(layers);
    return EXIT_SUCCESS;
}
