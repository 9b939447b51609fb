#include "daemon/keeper/feeds.h"

namespace keeper
{

Feeds::Feeds(privsep::EventLoop& loop, Ledger& ledger, unsigned readers, const ReportPeer& report_peer)
    : ledger_(ledger), queue_(ledger.table().count())
{
    for (unsigned index = 0; index < readers; ++index) {
        readers_.push_back(std::make_unique<Reader>(loop, ledger, queue_, index, report_peer));
    }
}

bool Feeds::attach(unsigned reader, privsep::UniqueFd channel)
{
    if (reader >= readers_.size()) {
        return false;
    }
    for (auto host = static_cast<HostNumber>(ledger_.table().count()); host-- > 0;) {
        if (ledger_.table().state(host).updated && !queue_.contains(host)) {
            queue_.push_front(host); // from before the start: the others are behind it
        }
    }
    readers_[reader]->attach(std::move(channel));
    return true;
}

void Feeds::publish()
{
    for (const HostNumber host : ledger_.changed()) {
        for (const auto& reader : readers_) {
            reader->step_aside(host);
        }
        queue_.push_back(host);
        for (const auto& reader : readers_) {
            reader->take_up(host);
        }
    }
    for (const auto& reader : readers_) {
        reader->feed();
    }
    ledger_.published();
}

} // namespace keeper
