// Parses the keeper's setup (proto/ipc/setup.h).
#pragma once

#include "daemon/keeper/hosts.h"
#include "daemon/keeper/ledger.h"
#include "proto/base/bytes.h"
#include "proto/ipc/setup.h"

namespace keeper
{

struct Setup {
    ipc::KeeperSetup head;
    Hosts hosts;
};

/// Parses all but the imported hosts. Ends the process if the setup is malformed.
Setup read_setup(base::Bytes bytes);

/// Passes the imported hosts to the ledger. `bytes`: the same as for read_setup().
void import_hosts(base::Bytes bytes, Ledger& ledger);

} // namespace keeper
