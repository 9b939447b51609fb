// `/register`: with acme-dns anybody may register an account there. Here an administrator makes accounts.
#include "proto/http/dialects/rows.h"
#include "proto/http/json.h"

namespace http::dialects
{

namespace
{

Reply closed(Fault /*fault*/, std::string_view /*sentence*/)
{
    return json_reply(Status::forbidden,
                      json_object({{"error", "registration is closed; see nanodnsd --acme-json"}}));
}

ReadResult refuse(const Request& /*request*/, const Parameters& /*parameters*/, const Client& /*client*/)
{
    return Refused{closed(Fault::wrong_secret, {}), ""};
}

} // namespace

extern const Dialect registration{{"/register"}, allows_post, false, false, nullptr, refuse, nullptr, closed};

} // namespace http::dialects
