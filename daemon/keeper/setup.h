// What the supervisor hands the keeper, taken apart (proto/ipc/setup.h).
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

/// Without the imported hosts. Ends the process where it is malformed.
Setup read_setup(base::Bytes bytes);

/// Hands the imported hosts to the ledger, one by one. `bytes`: what read_setup() took.
void import_hosts(base::Bytes bytes, Ledger& ledger);

} // namespace keeper
