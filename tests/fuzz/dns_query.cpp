// Properties: a message is ignored if and only if it has no complete header or is a reply; all views of a
// query lie in the message; a query without an error has one question and at most one OPT record, and a
// simple walk through the message finds the same number of OPT records.
#include <cstdint>
#include <cstdlib>

#include "proto/dns/query.h"

namespace
{

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

bool lies_in(base::Bytes part, base::Bytes whole)
{
    return part.empty() ||
           (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

/// Counts the OPT records of a well-formed message.
unsigned count_opt(base::Bytes message, const dns::Header& header)
{
    base::Reader in{message};
    dns::Header::read(in);
    for (unsigned i = 0; i < header.questions; ++i) {
        dns::Name::skip(in);
        in.u32();
    }
    const unsigned records = unsigned{header.answers} + header.authorities + header.additionals;
    unsigned found = 0;
    for (unsigned i = 0; i < records; ++i) {
        dns::Name::skip(in);
        found += in.u16() == 41 ? 1U : 0U;
        in.take(6);
        in.take(in.u16());
    }
    require(in.ok());
    return found;
}

void check_without_error(base::Bytes message, const dns::Query& query)
{
    const bool only_wants_a_cookie = query.header.questions == 0 && query.edns && query.edns->cookie;
    require(only_wants_a_cookie || (query.question && query.header.questions == 1));
    require(query.header.opcode() == dns::Opcode::query);
    require(count_opt(message, query.header) == (query.edns ? 1U : 0U));
    require(!query.edns || (query.edns->version == 0 && !query.edns->cookie_is_malformed));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const base::Bytes message{data, size};
    const auto query = dns::read_query(message);
    require(query.has_value() == (size >= 12 && (data[2] & 0x80) == 0));
    if (!query) {
        return 0;
    }
    require(query->header.id == (data[0] << 8 | data[1]));
    if (query->question) {
        require(lies_in(query->question->wire(), message) &&
                lies_in(query->question->name, query->question->wire()));
        require(query->question->wire().size() == query->question->name.size() + 4);
        require(query->question->wire().data() == data + 12 && !query->question->name.empty());
    }
    if (query->edns) {
        require(query->edns->udp_size >= 512);
    }
    if (query->edns && query->edns->cookie) {
        const base::Bytes server = query->edns->cookie->server;
        require(server.empty() || (lies_in(server, message) && server.size() >= 8 && server.size() <= 32));
    }
    if (query->error == dns::Rcode::noerror) {
        check_without_error(message, *query);
    }
    return 0;
}
