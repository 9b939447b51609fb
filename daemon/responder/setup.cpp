#include "daemon/responder/setup.h"

#include <utility>

namespace responder
{

namespace
{

/// Takes the records of the setup in their order: the head, then the hosts.
class SetupParser
{
public:
    void operator()(const ipc::ResponderSetup& head)
    {
        is_valid_ = is_valid_ && !setup_ && head.workers != 0 && !head.name_servers.empty() &&
                    head.nsid.size() <= dns::ReplyOptions::max_nsid_bytes;
        if (is_valid_) {
            setup_.emplace(Setup{head, zone::Zone{head}, 0});
        }
    }
    void operator()(const ipc::HostSetup& host)
    {
        is_valid_ = is_valid_ && setup_ && setup_->zone.add_host(host);
        if (is_valid_) {
            ++setup_->hosts;
        }
    }
    std::optional<Setup> finish()
    {
        if (!is_valid_ || !setup_) {
            return std::nullopt;
        }
        setup_->zone.complete();
        return std::move(setup_);
    }

private:
    std::optional<Setup> setup_;
    bool is_valid_ = true;
};

} // namespace

std::optional<Setup> read_setup(base::Bytes bytes)
{
    SetupParser parser;
    return ipc::read_setup<ipc::ResponderPart>(bytes, parser) ? parser.finish() : std::nullopt;
}

} // namespace responder
