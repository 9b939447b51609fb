// All readers of the zone.
#pragma once

#include <memory>
#include <vector>

#include "daemon/keeper/ledger.h"
#include "daemon/keeper/reader.h"

namespace keeper
{

class Feeds
{
public:
    Feeds(privsep::EventLoop& loop, Ledger& ledger, unsigned readers);

    /// False where there is no such reader.
    bool attach(unsigned reader, privsep::UniqueFd channel);
    /// Tells every reader of what the ledger has not published yet.
    void publish();

private:
    Ledger& ledger_;
    std::vector<std::unique_ptr<Reader>> readers_;
};

} // namespace keeper
