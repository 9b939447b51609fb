#include "tests/behaviour/reply.h"

#include <algorithm>
#include <map>
#include <set>

namespace behaviour
{

namespace
{

/// Remembers its first error and returns zeros from then on.
class Parser
{
public:
    Parser(const ByteVector& bytes, std::string& error) : bytes_(bytes), error_(error) { error_.clear(); }

    bool ok() const { return error_.empty(); }
    std::size_t position() const { return at_; }
    bool at_end() const { return at_ == bytes_.size(); }
    void fail(const std::string& why)
    {
        if (ok()) {
            error_ = why + " at byte " + std::to_string(at_);
        }
        at_ = bytes_.size();
    }
    std::uint8_t u8()
    {
        if (at_ >= bytes_.size()) {
            fail("the message ends early");
            return 0;
        }
        return bytes_[at_++];
    }
    std::uint16_t u16()
    {
        const unsigned high = u8();
        return static_cast<std::uint16_t>(high << 8 | u8());
    }
    std::uint32_t u32()
    {
        const std::uint32_t high = u16();
        return high << 16 | u16();
    }
    ByteVector take(std::size_t size)
    {
        if (size > bytes_.size() - at_) {
            fail("data ends early");
            return {};
        }
        const auto from = bytes_.begin() + static_cast<std::ptrdiff_t>(at_);
        at_ += size;
        return {from, from + static_cast<std::ptrdiff_t>(size)};
    }
    ByteVector since(std::size_t start) const
    {
        return {bytes_.begin() + static_cast<std::ptrdiff_t>(start),
                bytes_.begin() + static_cast<std::ptrdiff_t>(at_)};
    }
    bool at_pointer() const { return at_ < bytes_.size() && bytes_[at_] >= 0xC0; }

    ByteVector name()
    {
        ByteVector result;
        std::size_t end = 0;      // of the name, once a pointer was followed
        std::size_t before = at_; // a pointer leads to an earlier place (RFC 1035 section 4.1.4)
        while (ok()) {
            if (at_pointer()) {
                const std::size_t target = u16() & 0x3FFFU;
                end = end == 0 ? at_ : end;
                if (target < 12 || target >= before) {
                    fail("a pointer that does not lead back");
                    return {};
                }
                before = at_ = target;
                continue;
            }
            if (append_label(result)) {
                break;
            }
        }
        at_ = end != 0 && ok() ? end : at_;
        return result;
    }

private:
    /// Whether this was the last one.
    bool append_label(ByteVector& name)
    {
        const std::uint8_t size = u8();
        if (size > 63) {
            fail("a label of a type that is none");
        }
        const ByteVector label = take(size);
        name.push_back(size);
        name.insert(name.end(), label.begin(), label.end());
        if (name.size() > 255) {
            fail("a name of more than 255 bytes");
        }
        return size == 0;
    }

    const ByteVector& bytes_;
    std::string& error_;
    std::size_t at_ = 0;
};

ByteVector names_and_fixed(Parser& in, std::size_t before, int names, std::size_t behind)
{
    ByteVector data = in.take(before);
    for (int i = 0; i < names; ++i) {
        const ByteVector name = in.name();
        data.insert(data.end(), name.begin(), name.end());
    }
    const ByteVector tail = in.take(behind);
    data.insert(data.end(), tail.begin(), tail.end());
    return data;
}

ByteVector read_data(Parser& in, std::uint16_t type, std::size_t size)
{
    switch (type) {
    case type::a:
        return in.take(4);
    case type::aaaa:
        return in.take(16);
    case type::ns:
    case type::cname:
    case type::ptr:
        return names_and_fixed(in, 0, 1, 0);
    case type::soa:
        return names_and_fixed(in, 0, 2, 20);
    case type::mx:
        return names_and_fixed(in, 2, 1, 0);
    case type::srv:
        return names_and_fixed(in, 6, 1, 0);
    default:
        return in.take(size);
    }
}

Opt read_opt(Parser& in, std::uint16_t klass, std::uint32_t ttl, std::size_t end)
{
    Opt opt{klass, static_cast<std::uint8_t>(ttl >> 16), static_cast<std::uint16_t>(ttl), {}};
    while (in.ok() && in.position() < end) {
        const std::uint16_t code = in.u16();
        opt.options.push_back({code, in.take(in.u16())});
    }
    return opt;
}

/// A record, or the OPT record.
void read_record(Parser& in, Reply& reply, std::vector<Record>& section)
{
    if (reply.opt) {
        in.fail("a record behind the OPT record");
    }
    Record record;
    record.owner_is_a_pointer = in.at_pointer();
    record.owner = in.name();
    record.type = in.u16();
    const std::uint16_t klass = in.u16();
    record.ttl = in.u32();
    const std::size_t size = in.u16();
    const std::size_t end = in.position() + size;
    if (record.type == type::opt) {
        if (record.owner.size() != 1 || &section != &reply.additionals) {
            in.fail("an OPT record that is not the root's, or not in the additional section");
        }
        reply.rcode |= record.ttl >> 24 << 4;
        reply.opt = read_opt(in, klass, record.ttl, end);
    } else {
        if (klass != klass::in || record.ttl > 0x7FFFFFFFU) {
            in.fail("a class that is not IN, or a TTL with its highest bit set");
        }
        record.data = read_data(in, record.type, size);
        section.push_back(record);
    }
    if (in.ok() && in.position() != end) {
        in.fail("data of a length that its type does not have");
    }
}

void check_rrsets(Parser& in, const std::vector<Record>& section)
{
    std::map<std::pair<ByteVector, std::uint16_t>, std::uint32_t> ttls;
    std::set<std::pair<std::pair<ByteVector, std::uint16_t>, ByteVector>> seen;
    for (const Record& record : section) {
        const std::pair key{record.owner, record.type};
        if (ttls.emplace(key, record.ttl).first->second != record.ttl) {
            in.fail("an RRset with two TTLs");
        }
        if (!seen.emplace(key, record.data).second) {
            in.fail("a record that is there twice");
        }
    }
}

} // namespace

std::size_t Opt::number_of(std::uint16_t code) const
{
    return static_cast<std::size_t>(
        std::count_if(options.begin(), options.end(), [&](const Option& o) { return o.code == code; }));
}

std::optional<ByteVector> Opt::find(std::uint16_t code) const
{
    const auto found =
        std::find_if(options.begin(), options.end(), [&](const Option& o) { return o.code == code; });
    return found == options.end() ? std::nullopt : std::optional{found->data};
}

std::optional<ByteVector> Reply::find_option(std::uint16_t code) const
{
    return opt ? opt->find(code) : std::nullopt;
}

std::optional<Reply> read_reply(const ByteVector& message, std::string& error)
{
    Parser in{message, error};
    Reply reply;
    reply.size = message.size();
    reply.id = in.u16();
    const std::uint16_t flags = in.u16();
    reply.flags = flags & 0xFFF0U;
    reply.rcode = flags & 0xFU;
    const std::uint16_t questions = in.u16();
    const Numbers counts{in.u16(), in.u16(), in.u16()};
    if (questions > 1) {
        in.fail("several questions");
    }
    if (questions == 1) {
        const std::size_t start = in.position();
        in.name();
        in.u32();
        reply.question = in.ok() ? in.since(start) : ByteVector{};
    }
    std::size_t number = 0;
    for (auto* section : {&reply.answers, &reply.authorities, &reply.additionals}) {
        for (unsigned i = 0; i < counts[number] && in.ok(); ++i) {
            read_record(in, reply, *section);
        }
        check_rrsets(in, *section);
        ++number;
    }
    if (in.ok() && !in.at_end()) {
        in.fail("bytes behind the message");
    }
    return in.ok() ? std::optional{reply} : std::nullopt;
}

} // namespace behaviour
