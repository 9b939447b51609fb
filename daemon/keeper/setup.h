// Parses the keeper's setup (proto/ipc/setup.h).
#pragma once

#include <optional>

#include "daemon/keeper/hosts.h"
#include "daemon/keeper/ledger.h"
#include "proto/base/bytes.h"
#include "proto/ipc/setup.h"

namespace keeper
{

struct Setup {
    explicit Setup(const ipc::KeeperSetup& first) : head(first), hosts(first.secret) {}
    ipc::KeeperSetup head;
    Hosts hosts;
};

/// Takes the records of a setup in their order. Virtual, so that the decoder is compiled once for all takers.
class SetupTaker
{
public:
    virtual void head(const ipc::KeeperSetup& /*head*/) {}
    virtual void account(const ipc::Account& /*account*/) {}
    virtual void static_host(const ipc::StaticHost& /*host*/) {}
    virtual void follower(const ipc::Follower& /*follower*/) {}
    virtual void group(const ipc::Group& /*group*/) {}
    virtual void imported_host(const ipc::ImportedHost& /*host*/) {}

protected:
    ~SetupTaker() = default;
};

/// False if the setup is malformed.
bool read_records(base::Bytes setup, SetupTaker& taker);

/// Parses all but the imported hosts. Ends the process if the setup is malformed; if not, `setup` has a
/// value.
void read_setup(base::Bytes bytes, std::optional<Setup>& setup);

/// Passes the imported hosts to the ledger. `bytes`: the same as for read_setup().
void import_hosts(base::Bytes bytes, Ledger& ledger);

} // namespace keeper
