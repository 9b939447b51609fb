// `/checkip` and `/myip`: the address that the client has for the server.
#include "proto/http/dialects/rows.h"
#include "proto/http/form.h"

namespace http::dialects
{

namespace
{

Reply refusal_of_own_address(Fault /*fault*/, std::string_view sentence)
{
    return {Status::bad_request, std::string{sentence}};
}

ReadResult read_own_address(const Request& request, const Parameters& /*parameters*/, const Client& client)
{
    if (!client.is_known) {
        return refused(own_address, Fault::bad_address, {Sentence::own_unshown}, {});
    }
    const std::string address = base::to_text(client.address);
    const bool is_bare = request.path.ends_with("/myip");
    return Answer{{Status::ok, is_bare ? address : "Current IP Address: " + address}};
}

} // namespace

const Dialect own_address{{"/checkip", "/myip"}, allows_get, false, false, nullptr, read_own_address, nullptr,
                          refusal_of_own_address};

} // namespace http::dialects
