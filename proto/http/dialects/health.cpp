// `/health`: whether the server answers.
#include "proto/http/dialects/rows.h"

namespace http::dialects
{

namespace
{

ReadResult read_health(const Request& /*request*/, const Parameters& /*parameters*/, const Client& /*client*/)
{
    return Answer{{Status::ok, ""}};
}

} // namespace

const Dialect health{{"/health"}, allows_get, false, false, nullptr, read_health, nullptr, nullptr};

} // namespace http::dialects
