// The addresses and ports on which the config listens.
#pragma once

#include <vector>

#include "proto/config/config.h"
#include "proto/ipc/config.h"

namespace reader
{

std::vector<ipc::Endpoint> endpoints(const config::Config& config, ipc::Service service);

} // namespace reader
