#include "daemon/keeper/feeds.h"

namespace keeper
{

Feeds::Feeds(privsep::EventLoop& loop, Ledger& ledger, unsigned readers, const Accuse& accuse)
    : ledger_(ledger)
{
    for (unsigned index = 0; index < readers; ++index) {
        readers_.push_back(std::make_unique<Reader>(loop, ledger, index, accuse));
    }
}

bool Feeds::attach(unsigned reader, privsep::UniqueFd channel)
{
    if (reader >= readers_.size()) {
        return false;
    }
    readers_[reader]->attach(std::move(channel));
    return true;
}

void Feeds::publish()
{
    for (const auto& reader : readers_) {
        for (const HostNumber host : ledger_.changed()) {
            reader->changed(host);
        }
        reader->feed();
    }
    ledger_.published();
}

} // namespace keeper
