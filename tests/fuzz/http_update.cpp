// Properties: a proposal always has a token, and it survives encoding for the keeper; a reply without a
// proposal is always an error, also for a client that searches it for words of success.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "proto/base/bytes.h"
#include "proto/base/text.h"
#include "proto/http/dialect.h"

namespace
{

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

void check_update(const http::Request& request, const http::Update& update)
{
    const ipc::Propose& proposal = update.proposal;
    require(!proposal.token.empty());
    require(request.method == http::Method::get || request.method == http::Method::post);
    std::array<std::uint8_t, ipc::max_record> room{};
    const auto again = ipc::decode<ipc::UpdaterToKeeper>(ipc::encode(ipc::UpdaterToKeeper{proposal}, room));
    require(again.has_value());
    const auto& same = std::get<ipc::Propose>(*again);
    require(base::as_text(same.token.bytes()) == base::as_text(proposal.token.bytes()));
    require(same.hosts == proposal.hosts && same.ipv4 == proposal.ipv4 && same.ipv6 == proposal.ipv6 &&
            same.prefix == proposal.prefix && same.txt == proposal.txt && same.value == proposal.value);
}

void check_reply(const http::Reply& reply)
{
    require(static_cast<unsigned>(reply.status) >= 400);
    require(!reply.body.empty() && reply.body.find_first_of("\r\n") == std::string::npos);
    const std::string text = http::serialise(reply);
    require(text.starts_with("HTTP/1.1 ") && text.ends_with("\r\n\r\n" + reply.body));
    const std::string lower = base::to_lower(text);
    for (const char* word : {"ok", "good", "true", "success", "nochg", "updated", "unchanged"}) {
        require(lower.find(word) == std::string::npos); // clients would take it for a success
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = base::as_text({data, size});
    http::RequestReader reader;
    const auto progress = reader.read(text);
    if (const auto* refusal = std::get_if<http::Refusal>(&progress)) {
        check_reply(http::reply_to(*refusal, reader, text));
    }
    if (const auto* request = std::get_if<http::Request>(&progress)) {
        const auto result = http::read_request(*request, {});
        if (const auto* update = std::get_if<http::Update>(&result)) {
            check_update(*request, *update);
        } else if (const auto* refused = std::get_if<http::Refused>(&result)) {
            check_reply(refused->reply);
        }
    }
    return 0;
}
