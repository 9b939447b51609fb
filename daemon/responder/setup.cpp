#include "daemon/responder/setup.h"

#include <optional>
#include <stdexcept>
#include <utility>

namespace responder
{

namespace
{

/// Takes the parts in their order: the head, then the hosts.
class Reading
{
public:
    void operator()(const ipc::ResponderSetup& head)
    {
        if (setup_ || head.name_servers.empty() || head.cookie_secrets.empty() ||
            head.nsid.size() > dns::ReplyOptions::max_nsid_octets) {
            throw std::runtime_error{"the setup is malformed"};
        }
        setup_.emplace(Setup{head, zone::Zone{head}, 0});
    }
    void operator()(const ipc::HostSetup& host)
    {
        if (!setup_) {
            throw std::runtime_error{"the setup is malformed"};
        }
        setup_->zone.add_host(host);
        ++setup_->hosts;
    }
    std::optional<Setup>& setup() noexcept { return setup_; }

private:
    std::optional<Setup> setup_;
};

} // namespace

Setup read_setup(base::Bytes octets)
{
    Reading reading;
    const bool is_whole = ipc::read_setup<ipc::ResponderPart>(
        octets, [&](const ipc::ResponderPart& part) { std::visit(reading, part); });
    if (!is_whole || !reading.setup()) {
        throw std::runtime_error{"the setup is malformed"};
    }
    reading.setup()->zone.complete();
    return std::move(*reading.setup());
}

} // namespace responder
