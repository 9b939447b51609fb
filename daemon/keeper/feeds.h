// All readers of the zone.
#pragma once

#include <memory>
#include <vector>

#include "daemon/keeper/ledger.h"
#include "daemon/keeper/reader.h"
#include "daemon/keeper/report_peer.h"

namespace keeper
{

class Feeds
{
public:
    /// `accuse` is told of readers that break the rules.
    Feeds(privsep::EventLoop& loop, Ledger& ledger, unsigned readers, const ReportPeer& report_peer);

    /// False where there is no such reader.
    bool attach(unsigned reader, privsep::UniqueFd channel);
    /// Tells every reader of what the ledger has not published yet.
    void publish();

private:
    Ledger& ledger_;
    FeedQueue queue_;
    std::vector<std::unique_ptr<Reader>> readers_;
};

} // namespace keeper
