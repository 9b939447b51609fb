// A change of a host's addresses, as watch prints it.
#pragma once

#include <string>

#include "ctl/names.h"
#include "proto/ipc/admin.h"

namespace ctl
{

/// A line, with its end.
std::string as_text(const ipc::admin::Changed& change, const Names& names);
std::string as_json(const ipc::admin::Changed& change, const Names& names);

} // namespace ctl
