#include "proto/dns/query.h"

namespace dns
{

namespace
{

struct Record {
    Type type{};
    std::uint16_t klass = 0;
    std::uint32_t ttl = 0;
    Bytes data;
    bool owner_is_root = false;

    static Record read(Reader& in) noexcept
    {
        Record record;
        record.owner_is_root = in.left() != 0 && in.whole()[in.position()] == 0;
        Name::skip(in);
        record.type = Type{in.u16()};
        record.klass = in.u16();
        record.ttl = in.u32();
        record.data = in.take(in.u16());
        return record;
    }
};

void keep_first(Rcode& error, Rcode found) noexcept
{
    if (error == Rcode::noerror) {
        error = found;
    }
}

void read_questions(Reader& in, Query& query) noexcept
{
    for (unsigned i = 0; i < query.header.questions && in.ok(); ++i) {
        const Question question = Question::read(in);
        if (in.ok() && query.header.questions == 1) {
            query.question = question;
        }
    }
    if (query.header.questions > 1) { // RFC 9619 section 4
        query.error = Rcode::formerr;
    }
}

void read_opt(const Record& record, Query& query) noexcept
{
    if (query.edns || !record.owner_is_root) { // RFC 6891 sections 6.1.1 and 6.1.2
        keep_first(query.error, Rcode::formerr);
    }
    if (query.edns) {
        return;
    }
    const auto [edns, error] = Edns::read(record.klass, record.ttl, record.data);
    query.edns = edns;
    keep_first(query.error, error);
}

void read_additional(Reader& in, Query& query) noexcept
{
    bool is_signed = false;
    for (unsigned i = 0; i < query.header.additionals && in.ok(); ++i) {
        const Record record = Record::read(in);
        if (!in.ok()) {
            return;
        }
        if (is_signed) {
            query.error = Rcode::formerr;
        }
        is_signed = is_signed || record.type == Type::tsig;
        if (record.type == Type::opt) {
            read_opt(record, query);
        }
    }
    if (is_signed) {
        keep_first(query.error, Rcode::notimp);
    }
}

void read_sections(Reader& in, Query& query) noexcept
{
    read_questions(in, query);
    const unsigned skipped = unsigned{query.header.answers} + query.header.authorities;
    for (unsigned i = 0; i < skipped && in.ok(); ++i) {
        if (Record::read(in).type == Type::opt && in.ok()) {
            keep_first(query.error, Rcode::formerr);
        }
    }
    read_additional(in, query);
    const bool asks_for_a_cookie = query.edns && query.edns->cookie; // RFC 7873 section 5.4
    if (query.header.questions == 0 && !asks_for_a_cookie) {
        keep_first(query.error, Rcode::formerr);
    }
    if (!in.ok()) {
        query.error = Rcode::formerr;
    }
}

} // namespace

std::optional<Query> read_query(Bytes message) noexcept
{
    Reader in{message};
    Query query{Header::read(in), {}, {}, Rcode::noerror};
    if (!in.ok() || query.header.is_reply()) {
        return std::nullopt;
    }
    read_sections(in, query);
    if (query.header.opcode() != Opcode::query) {
        query.error = Rcode::notimp;
    }
    return query;
}

} // namespace dns
