#include "daemon/responder/feed.h"

#include <optional>
#include <utility>

#include "privsep/log.h"

namespace responder
{

namespace
{
constexpr unsigned records_a_turn = 64;
}

void Feed::attach(privsep::Channel channel)
{
    if (channel_) {
        loop_.remove(channel_.get(), *this);
    }
    channel_ = decltype(channel_){std::move(channel)};
    loop_.add(channel_.get(), EPOLLIN, *this);
}

void Feed::ready(std::uint32_t events)
{
    channel_.heed(events);
    std::optional<ipc::KeeperToResponder> message;
    for (unsigned i = 0; i < records_a_turn; ++i) {
        switch (channel_.receive(message)) {
        case privsep::Transfer::done:
            if (!std::visit([this](const auto& m) { return apply(m); }, *message)) {
                close_misled("the keeper speaks of a host that there is not");
                return;
            }
            break;
        case privsep::Transfer::would_block:
            return;
        case privsep::Transfer::closed:
            // how it went is for the supervisor to say
            close(privsep::Level::info, "the keeper is gone; the zone stays as it is until it is back");
            return;
        case privsep::Transfer::malformed:
            close_misled("the keeper sent a malformed record");
            return;
        }
    }
}

bool Feed::apply(const ipc::HostRecords& records) noexcept
{
    if (!zone_.set_addresses(records.host, records.address4, records.address6)) {
        return false;
    }
    zone_.set_serial(records.serial);
    return true;
}

bool Feed::apply(const ipc::Complete& complete) noexcept
{
    zone_.set_serial(complete.serial);
    complete_ = true;
    return true;
}

void Feed::close_misled(const char* reason)
{
    misled_ = true;
    close(privsep::Level::error, reason);
}

void Feed::close(privsep::Level level, const char* reason)
{
    loop_.remove(channel_.get(), *this);
    channel_.close();
    privsep::log_text(level, reason);
}

} // namespace responder
