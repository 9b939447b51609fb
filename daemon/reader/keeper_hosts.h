// The records of the keeper's setup about hosts: who may update them, and what an update does.
#pragma once

#include "daemon/reader/setup_writer.h"
#include "proto/base/siphash.h"
#include "proto/config/config.h"

namespace reader
{

/// `secret`: that of the keeper's setup.
void add_hosts(SetupWriter& out, const config::Config& config, const base::SipKey& secret);

} // namespace reader
