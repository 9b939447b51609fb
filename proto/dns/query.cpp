#include "proto/dns/query.h"

namespace dns
{

namespace
{

/// Questions and records of one message that are read: what is asked by a query is one question, and two or
/// three records at most go with it.
constexpr unsigned max_entries = 8;

struct Record {
    Type type{};
    std::uint16_t klass = 0;
    std::uint32_t ttl = 0;
    Bytes data;
    bool owner_is_root = false;

    static Record read(Reader& in) noexcept
    {
        constexpr std::size_t fixed_octets = 10; // between owner and data (RFC 1035 section 4.1.3)
        Record record;
        record.owner_is_root = in.left() != 0 && in.rest().front() == 0;
        if (record.owner_is_root) {
            in.take(1);
        } else {
            Name::skip(in);
        }
        const Bytes fixed = in.take(fixed_octets);
        if (!fixed.empty()) {
            record.type = Type{base::load<std::uint16_t>(&fixed[0])};
            record.klass = base::load<std::uint16_t>(&fixed[2]);
            record.ttl = base::load<std::uint32_t>(&fixed[4]);
            record.data = in.take(base::load<std::uint16_t>(&fixed[8]));
        }
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
    if (query.header.questions == 1) {
        const Question question = Question::read(in);
        if (in.ok()) {
            query.question = question;
        }
        return;
    }
    for (unsigned i = 0; i < query.header.questions && in.ok(); ++i) {
        Question::read(in);
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
    keep_first(query.error, query.edns.emplace().read(record.klass, record.ttl, record.data));
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

/// False where there are more questions and records than anybody has use for.
bool read_sections(Reader& in, Query& query) noexcept
{
    const unsigned skipped = unsigned{query.header.answers} + query.header.authorities;
    const unsigned further = skipped + query.header.additionals;
    const bool is_crowded = query.header.questions + further > max_entries;
    if (!is_crowded ||
        query.header.questions == 1) { // a single one goes back with the reply, whatever follows
        read_questions(in, query);
    }
    if (is_crowded) {
        return false;
    }
    for (unsigned i = 0; i < skipped && in.ok(); ++i) {
        if (Record::read(in).type == Type::opt && in.ok()) {
            keep_first(query.error, Rcode::formerr);
        }
    }
    read_additional(in, query);
    return in.ok();
}

} // namespace

std::optional<Query> read_query(Bytes message) noexcept
{
    Reader in{message};
    std::optional<Query> result;
    Query& query = result.emplace();
    query.header = Header::read(in);
    if (!in.ok() || query.header.is_reply()) {
        result.reset();
        return result;
    }
    const bool is_whole = read_sections(in, query);
    const bool asks_for_a_cookie = query.edns && query.edns->cookie; // RFC 7873 section 5.4
    if (query.header.questions == 0 && !asks_for_a_cookie) {
        keep_first(query.error, Rcode::formerr);
    }
    if (!is_whole) {
        query.error = Rcode::formerr;
    }
    if (query.header.opcode() != Opcode::query) {
        query.error = Rcode::notimp;
    }
    return result;
}

} // namespace dns
