// What the dialects with parameters share: reading them, and the lists of hosts.
#pragma once

#include <optional>
#include <string_view>

#include "proto/http/query.h"
#include "proto/http/request.h"

namespace http
{

/// Adds the parameters of the query and, for a POST, of the body. Returns what is wrong; empty: nothing. If
/// the Content-Type is not that of a form, the body is ignored, but refused if there is no query.
std::string_view collect(const Request& request, Parameters& parameters);

} // namespace http
