// Properties of the page for people: a request for an update has a secret and one host, and survives encoding
// for the keeper; a page has the size that it says, and no marks are left in it; a GET has the same page
// whatever its query is; a redirect leads to a valid address, which is read again as the
// same.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "proto/base/bytes.h"
#include "proto/http/page/page.h"
#include "proto/http/page/requests.h"

namespace
{

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

void check_update(const http::Update& update)
{
    const ipc::Propose& proposal = update.proposal;
    require(!proposal.token.empty() && proposal.hosts.size() == 1 && !proposal.account);
    std::array<std::uint8_t, ipc::max_record> room{};
    const auto again = ipc::decode<ipc::UpdaterToKeeper>(ipc::encode(ipc::UpdaterToKeeper{proposal}, room));
    require(again.has_value() && std::get<ipc::Propose>(*again).hosts == proposal.hosts);
}

std::string text_of(http::page::Page& page)
{
    const std::size_t size = page.size();
    std::string text;
    for (std::string_view part = page.next(); !part.empty(); part = page.next()) {
        text += part;
    }
    require(text.size() == size && text.find("{/}") == std::string::npos);
    return text;
}

/// The page of a request that has nothing but its fields Host and Origin.
std::string empty_page(const http::Request& request, const http::page::Entrance& entrance)
{
    http::Request get;
    get.host = request.host;
    get.origin = request.origin;
    get.referer = request.referer;
    http::page::Page page;
    http::page::read(get, {}, entrance, page);
    return text_of(page);
}

void check_redirect(const http::Reply& reply)
{
    constexpr std::string_view scheme = "https://";
    if (reply.status != http::Status::permanent_redirect) {
        require(reply.status == http::Status::bad_request);
        return;
    }
    const std::string_view location = reply.location;
    require(location.starts_with(scheme) && location.ends_with('/'));
    const std::string_view authority = location.substr(scheme.size(), location.size() - scheme.size() - 1);
    const auto again = http::page::authority_of(authority);
    require(!again.host.empty() && again.host + again.port == authority);
}

} // namespace

/// The first byte chooses where the request comes in.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) {
        return 0;
    }
    const http::page::Entrance entrance{(data[0] & 1) != 0, (data[0] & 2) != 0,
                                        static_cast<std::uint16_t>((data[0] & 4) != 0 ? 8443 : 0)};
    const std::string_view text = base::as_text({data + 1, size - 1});
    http::RequestReader reader;
    const auto progress = reader.read(text);
    const auto* request = std::get_if<http::Request>(&progress);
    if (request == nullptr) {
        return 0;
    }
    http::page::Page page;
    const auto result = http::page::read(*request, {}, entrance, page);
    if (const auto* update = std::get_if<http::Update>(&result)) {
        require(request->method == http::Method::post);
        check_update(*update);
    } else if (const auto* answer = std::get_if<http::Answer>(&result)) {
        require(!entrance.is_private && entrance.https_port != 0);
        check_redirect(answer->reply);
    } else if (const auto* show = std::get_if<http::page::Show>(&result)) {
        const bool is_form = request->method == http::Method::post;
        require(is_form == (show->status == http::Status::bad_request));
        require(is_form || text_of(page) == empty_page(*request, entrance));
    }
    return 0;
}
