#include "proto/dns/query.h"

namespace dns
{

namespace
{

/// The most questions and records in one message. A query has one question and at most two or three records.
constexpr unsigned max_entries = 8;
/// The most labels in all names together, except the name of a single question. No zone or key has a name
/// with so many: the longest, below ip6.arpa, have 34.
constexpr std::size_t max_other_labels = 40;

struct Record {
    Type type{};
    std::uint16_t klass = 0;
    std::uint32_t ttl = 0;
    Bytes data;
    bool owner_is_root = false;

    /// `labels`: the most labels that its owner may have; reduced by those that it has.
    static Record read(Reader& in, std::size_t& labels) noexcept
    {
        constexpr std::size_t fixed_bytes = 10; // between owner and data (RFC 1035 section 4.1.3)
        Record record;
        record.owner_is_root = in.left() != 0 && in.rest().front() == 0;
        if (record.owner_is_root) {
            in.take(1);
        } else {
            labels -= Name::skip(in, labels);
        }
        const Bytes fixed = in.take(fixed_bytes);
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

void read_questions(Reader& in, std::size_t& labels, Query& query) noexcept
{
    if (query.header.questions == 1) {
        query.question.emplace().read(in);
        if (!in.ok()) {
            query.question.reset();
        }
        return;
    }
    for (unsigned i = 0; i < query.header.questions && in.ok(); ++i) {
        labels -= Name::skip(in, labels);
        in.u32(); // type and class
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

/// `labels`: the most labels that all owners together may have.
void read_records(Reader& in, std::size_t labels, Query& query) noexcept
{
    const unsigned skipped = unsigned{query.header.answers} + query.header.authorities;
    const unsigned count = skipped + query.header.additionals;
    bool is_signed = false;
    for (unsigned i = 0; i < count; ++i) {
        const Record record = Record::read(in, labels);
        if (!in.ok()) {
            return;
        }
        if (i < skipped) {
            if (record.type == Type::opt) {
                keep_first(query.error, Rcode::formerr);
            }
            continue;
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

/// False if there are more than max_entries questions and records, or one of them is malformed.
bool read_sections(Reader& in, Query& query) noexcept
{
    const Header& header = query.header;
    const unsigned entries =
        unsigned{header.questions} + header.answers + header.authorities + header.additionals;
    const bool has_too_many_entries = entries > max_entries;
    std::size_t labels = max_other_labels;
    if (!has_too_many_entries || header.questions == 1) { // the reply to an error repeats a single question
        read_questions(in, labels, query);
    }
    if (has_too_many_entries) {
        return false;
    }
    read_records(in, labels, query);
    return in.ok();
}

} // namespace

Query::Query() noexcept = default;

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
    const bool is_well_formed = read_sections(in, query);
    const bool asks_for_a_cookie = query.edns && query.edns->cookie; // RFC 7873 section 5.4
    if (query.header.questions == 0 && !asks_for_a_cookie) {
        keep_first(query.error, Rcode::formerr);
    }
    if (!is_well_formed) {
        query.error = Rcode::formerr;
    }
    if (query.header.opcode() != Opcode::query) {
        query.error = Rcode::notimp;
    }
    return result;
}

} // namespace dns
