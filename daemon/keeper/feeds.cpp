#include "daemon/keeper/feeds.h"

namespace keeper
{

Feeds::Feeds(privsep::EventLoop& loop, Ledger& ledger, unsigned responders, const ReportPeer& report_peer)
    : ledger_(ledger), queue_(ledger.table().count())
{
    for (unsigned index = 0; index < responders; ++index) {
        responders_.push_back(std::make_unique<ResponderLink>(loop, ledger, queue_, index, report_peer));
    }
}

bool Feeds::attach(unsigned responder, privsep::UniqueFd channel)
{
    if (responder >= responders_.size()) {
        return false;
    }
    for (auto host = static_cast<HostNumber>(ledger_.table().count()); host-- > 0;) {
        if (ledger_.table().state(host).updated && !queue_.contains(host)) {
            queue_.push_front(host); // not changed since the start: goes before the others
        }
    }
    responders_[responder]->attach(std::move(channel));
    return true;
}

void Feeds::publish()
{
    for (const HostNumber host : ledger_.changed()) {
        for (const auto& responder : responders_) {
            responder->before_move(host);
        }
        queue_.push_back(host);
        for (const auto& responder : responders_) {
            responder->after_move(host);
        }
    }
    for (const auto& responder : responders_) {
        responder->feed();
    }
    ledger_.published();
}

} // namespace keeper
