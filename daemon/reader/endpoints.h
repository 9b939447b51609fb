// The addresses and ports that a config wants to listen on.
#pragma once

#include <vector>

#include "proto/config/config.h"
#include "proto/ipc/config.h"

namespace reader
{

std::vector<ipc::Endpoint> endpoints(const config::Config& config, ipc::Service service);

} // namespace reader
