// Properties: a proposal always has a secret and hosts or an account, and it survives encoding for the
// keeper; a reply without a proposal is never a success, also for a client that searches it for words of
// success, and all of its lines are short.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "proto/base/bytes.h"
#include "proto/http/dialect.h"
#include "proto/http/sentences.h"

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
    require(!proposal.token.empty() && update.dialect != nullptr);
    require(proposal.account ? proposal.hosts.empty() : !proposal.hosts.empty());
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
    constexpr std::size_t longest_word = 48; // before a sentence, or around one in JSON
    require(reply.status != http::Status::ok || reply.body.starts_with("notfqdn") ||
            reply.body.starts_with("numhost"));
    require(!reply.body.empty() && reply.body.back() != '\n');
    std::size_t line = 0;
    for (const char c : reply.body) {
        line = c == '\n' ? 0 : line + 1;
        require((c >= ' ' && c <= '~') || c == '\n');
        require(line <= http::max_sentence + longest_word);
    }
    const std::string text = http::serialise(reply);
    require(text.starts_with("HTTP/1.1 ") && text.ends_with("\r\n\r\n" + reply.body));
    // the status line of a reply with 200 has OK
    require(!http::has_word_of_success(reply.status == http::Status::ok ? reply.body : text));
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
