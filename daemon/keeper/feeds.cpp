#include "daemon/keeper/feeds.h"

namespace keeper
{

Feeds::Feeds(privsep::EventLoop& loop, Ledger& ledger, unsigned responders, const ReportPeer& report_peer)
    : ledger_(ledger), queue_(ledger.parts().count())
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
    for (auto part = static_cast<PartNumber>(ledger_.parts().count()); part-- > 0;) {
        if (!queue_.contains(part) && ledger_.parts().is_dynamic(part)) {
            queue_.push_front(part); // not changed since the start: goes before the others
        }
    }
    responders_[responder]->attach(std::move(channel));
    return true;
}

void Feeds::publish()
{
    for (const PartNumber part : ledger_.changed()) {
        for (const auto& responder : responders_) {
            responder->before_move(part);
        }
        queue_.push_back(part);
        for (const auto& responder : responders_) {
            responder->after_move(part);
        }
    }
    for (const auto& responder : responders_) {
        responder->feed();
    }
    ledger_.published();
}

} // namespace keeper
