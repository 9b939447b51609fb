// The rows of the table of dialects.
#pragma once

#include "proto/http/dialect.h"

namespace http::dialects
{

extern const Dialect api;
extern const Dialect acme_dns;
extern const Dialect duckdns;
extern const Dialect dyndns2;
extern const Dialect httpreq;
extern const Dialect own_address;
extern const Dialect health;
extern const Dialect registration;

} // namespace http::dialects
