#include "daemon/responder/setup.h"

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
        is_sound_ = is_sound_ && !setup_ && !head.name_servers.empty() && !head.cookie_secrets.empty() &&
                    head.nsid.size() <= dns::ReplyOptions::max_nsid_bytes;
        if (is_sound_) {
            setup_.emplace(Setup{head, zone::Zone{head}, 0});
        }
    }
    void operator()(const ipc::HostSetup& host)
    {
        is_sound_ = is_sound_ && setup_ && setup_->zone.add_host(host);
        if (is_sound_) {
            ++setup_->hosts;
        }
    }
    std::optional<Setup> finish()
    {
        if (!is_sound_ || !setup_) {
            return std::nullopt;
        }
        setup_->zone.complete();
        return std::move(setup_);
    }

private:
    std::optional<Setup> setup_;
    bool is_sound_ = true;
};

} // namespace

std::optional<Setup> read_setup(base::Bytes bytes)
{
    Reading reading;
    return ipc::read_setup<ipc::ResponderPart>(bytes, reading) ? reading.finish() : std::nullopt;
}

} // namespace responder
