#include "daemon/responder/feed.h"

#include <optional>
#include <utility>

#include "privsep/log.h"

namespace responder
{

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
    for (unsigned i = 0; i < ipc::feed_burst; ++i) {
        switch (channel_.receive(message)) {
        case privsep::Transfer::done:
            if (!std::visit([this](const auto& m) { return apply(m); }, *message)) {
                fail("the keeper sent a record that the zone cannot have: closing its channel");
                return;
            }
            break;
        case privsep::Transfer::would_block:
            return;
        case privsep::Transfer::closed:
            // level info: the supervisor logs why the keeper exited
            close(privsep::Level::info,
                  "the keeper exited: answering from the current zone until the next keeper connects");
            return;
        case privsep::Transfer::malformed:
            fail("the keeper sent a malformed record: closing its channel");
            return;
        }
    }
}

bool Feed::apply(const ipc::HostTxt& txt) noexcept
{
    if (!zone_.set_challenge(txt.host, txt.values)) {
        return false;
    }
    zone_.set_serial(txt.serial);
    return true;
}

bool Feed::apply(const ipc::HostRecords& records) noexcept
{
    const bool is_set = records.keeps_a
                            ? zone_.set_address6(records.host, records.address6)
                            : zone_.set_addresses(records.host, records.address4, records.address6);
    if (!is_set) {
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

void Feed::fail(const char* reason)
{
    has_failed_ = true;
    close(privsep::Level::error, reason);
}

void Feed::close(privsep::Level level, const char* reason)
{
    loop_.remove(channel_.get(), *this);
    channel_.close();
    privsep::log_text(level, reason);
}

} // namespace responder
