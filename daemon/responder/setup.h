// The setup that this responder received at its start.
#pragma once

#include "daemon/zone/zone.h"
#include "proto/base/bytes.h"
#include "proto/ipc/setup.h"

namespace responder
{

struct Setup {
    ipc::ResponderSetup head;
    zone::Zone zone;
    std::uint32_t hosts = 0;
};

/// nullopt if the setup is malformed.
std::optional<Setup> read_setup(base::Bytes bytes);

} // namespace responder
