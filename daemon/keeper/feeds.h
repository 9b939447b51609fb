// Feeds the zone to all responders.
#pragma once

#include <memory>
#include <vector>

#include "daemon/keeper/ledger.h"
#include "daemon/keeper/report_peer.h"
#include "daemon/keeper/responder_link.h"

namespace keeper
{

class Feeds
{
public:
    /// `report_peer` is called for a responder that breaks the protocol.
    Feeds(privsep::EventLoop& loop, Ledger& ledger, unsigned responders, const ReportPeer& report_peer);

    /// Starts a feed over `channel`. False if there is no such responder.
    bool attach(unsigned responder, privsep::UniqueFd channel);
    /// Sends every responder the changes that the ledger has not published yet.
    void publish();

private:
    Ledger& ledger_;
    FeedQueue queue_;
    std::vector<std::unique_ptr<ResponderLink>> responders_;
};

} // namespace keeper
