// The rows of the table of dialects.
#pragma once

#include "proto/http/dialect.h"

namespace http::dialects
{

extern const Dialect api;

} // namespace http::dialects
