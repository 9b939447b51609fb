// A slow model of a zone whose names appear and vanish, to compare the zone with: RFC 1034 section 4.3.2 with
// RFC 4592 and RFC 8020, on a plain list of records. What exists is found anew for each query.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/zone/answer.h"

namespace model
{

using ByteVector = std::vector<std::uint8_t>;
/// The labels of a name below the apex in lower case, the last one first: a name starts with all names above
/// it.
using Path = std::vector<std::string>;

inline constexpr std::string_view apex = "example.org";

inline dns::Name name_of(const Path& path)
{
    std::string text;
    for (auto label = path.rbegin(); label != path.rend(); ++label) {
        text += *label + '.';
    }
    return *dns::Name::from_text(text + std::string{apex});
}

/// nullopt if the name is not in the zone.
inline std::optional<Path> path_of(const dns::Name& name)
{
    if (!name.is_at_or_below(*dns::Name::from_text(apex))) {
        return std::nullopt;
    }
    Path path;
    constexpr std::size_t labels_of_apex = 2;
    for (dns::Name at = name.lowered(); at.labels() > labels_of_apex; at = at.parent()) {
        path.emplace(path.begin(), base::as_text(at.first_label()));
    }
    return path;
}

struct Record {
    dns::Type type{};
    std::uint32_t ttl = 0;
    ByteVector data;
};

inline std::optional<dns::Name> target_of(const Record& record)
{
    if (!zone::has_target(record.type)) {
        return std::nullopt;
    }
    base::Reader in{record.data};
    in.take(zone::target_offset(record.type));
    return dns::Name::read(in);
}

/// The sections have one line for each record, sorted.
struct Reply {
    unsigned rcode = 0;
    bool is_authoritative = false;
    std::vector<std::string> answers;
    std::vector<std::string> authorities;
    std::vector<std::string> additionals;

    void sort()
    {
        for (auto* const section : {&answers, &authorities, &additionals}) {
            std::sort(section->begin(), section->end());
        }
    }
    friend bool operator==(const Reply&, const Reply&) = default;
};

inline std::string line_of(const dns::Name& owner, const Record& record)
{
    std::string text = owner.lowered().to_text() + ' ' + std::to_string(static_cast<unsigned>(record.type)) +
                       ' ' + std::to_string(record.ttl);
    for (const std::uint8_t byte : record.data) {
        text += ' ' + std::to_string(byte);
    }
    return text;
}

class Zone
{
public:
    std::map<Path, std::vector<Record>> records;
    Record negative_soa;

    Reply answer(const dns::Name& question, dns::Type type) const
    {
        Reply reply;
        dns::Name name = question;
        std::set<std::optional<Path>> asked; // a loop of aliases ends where it starts again
        while (asked.insert(path_of(name)).second) {
            const auto target = answer_for(name, type, asked.size() - 1, reply);
            if (!target) {
                break;
            }
            name = *target;
        }
        reply.sort();
        return reply;
    }

private:
    /// Adds what is known of the name; if it is an alias to follow, returns the next name.
    std::optional<dns::Name> answer_for(const dns::Name& name, dns::Type type, std::size_t followed,
                                        Reply& reply) const
    {
        const auto path = path_of(name);
        if (!path) {
            reply.rcode = followed == 0 ? 5 : 0;
            return std::nullopt;
        }
        const auto cut = cut_above(*path);
        const bool is_referral = cut && (type != dns::Type::ds || *cut != *path); // RFC 4035 section 3.1.4.1
        reply.is_authoritative = followed == 0 ? !is_referral : reply.is_authoritative;
        const auto source = source_of(*path);
        if (is_referral) {
            add(*cut, name_of(*cut), dns::Type::ns, reply.authorities, reply);
        } else if (cut) {
            add_soa(reply);
        } else if (!source) {
            reply.rcode = 3;
            add_soa(reply);
        } else if (const Record* const alias = first(*source, dns::Type::cname);
                   alias != nullptr && type != dns::Type::cname && type != dns::Type::any) {
            reply.answers.push_back(line_of(name, *alias));
            return target_of(*alias);
        } else {
            add(*source, name, type, reply.answers, reply);
            add_soa_if_empty(reply, followed);
        }
        return std::nullopt;
    }
    static bool is_at_or_below(const Path& path, const Path& ancestor)
    {
        return path.size() >= ancestor.size() && std::equal(ancestor.begin(), ancestor.end(), path.begin());
    }
    const Record* first(const Path& path, dns::Type type) const
    {
        const auto found = records.find(path);
        if (found == records.end()) {
            return nullptr;
        }
        for (const Record& record : found->second) {
            if (record.type == type) {
                return &record;
            }
        }
        return nullptr;
    }
    /// RFC 8020: it, or a name below it, has a record.
    bool exists(const Path& path) const
    {
        return std::any_of(records.begin(), records.end(), [&](const auto& each) {
            return !each.second.empty() && is_at_or_below(each.first, path);
        });
    }
    /// The highest delegation at or above a name.
    std::optional<Path> cut_above(const Path& path) const
    {
        Path above;
        for (const std::string& label : path) {
            above.push_back(label);
            if (first(above, dns::Type::ns) != nullptr) {
                return above;
            }
        }
        return std::nullopt;
    }
    /// The name whose records answer for `path`: itself, or a wildcard (RFC 4592 section 3.3.1).
    std::optional<Path> source_of(const Path& path) const
    {
        if (exists(path)) {
            return path;
        }
        Path encloser = path;
        while (!exists(encloser)) {
            encloser.pop_back();
        }
        encloser.emplace_back("*");
        return exists(encloser) ? std::optional{encloser} : std::nullopt;
    }
    void add_soa(Reply& reply) const { reply.authorities.push_back(line_of(name_of({}), negative_soa)); }
    /// `aliases`: the answers before those of the last name.
    void add_soa_if_empty(Reply& reply, std::size_t aliases) const
    {
        if (reply.answers.size() == aliases) {
            add_soa(reply);
        }
    }
    /// Adds the records of a type with the addresses of their targets; for ANY, all without addresses.
    void add(const Path& source, const dns::Name& owner, dns::Type type, std::vector<std::string>& section,
             Reply& reply) const
    {
        const auto found = records.find(source);
        std::set<Path> targets;
        for (const Record& record : found == records.end() ? std::vector<Record>{} : found->second) {
            if (record.type != type && type != dns::Type::any) {
                continue;
            }
            section.push_back(line_of(owner, record));
            const auto target = target_of(record);
            if (target && type != dns::Type::any && type != dns::Type::cname && path_of(*target)) {
                targets.insert(*path_of(*target));
            }
        }
        for (const Path& target : targets) {
            add_addresses(target, reply);
        }
    }
    void add_addresses(const Path& path, Reply& reply) const
    {
        const auto found = records.find(path);
        for (const Record& record : found == records.end() ? std::vector<Record>{} : found->second) {
            if (zone::is_address(record.type)) {
                reply.additionals.push_back(line_of(name_of(path), record));
            }
        }
    }
};

/// What the real zone replies over TCP, where nothing is left out.
inline Reply reply_of(const zone::Zone& zone, const dns::Name& question, dns::Type type,
                      zone::Transport transport = zone::Transport::tcp)
{
    static ByteVector room(65535);
    ByteVector message(512);
    base::Writer out{message};
    dns::Header{1, 0, 1, 0, 0, 0}.write(out);
    out.bytes(question.wire());
    out.u16(static_cast<std::uint16_t>(type));
    out.u16(static_cast<std::uint16_t>(dns::Class::in));
    message.resize(out.size());
    base::Reader in{zone::answer(zone, *dns::read_query(message), transport, room).message};
    const auto header = dns::Header::read(in);
    dns::Name::read(in);
    in.u32();
    Reply reply{header.flags & 0xFU, (header.flags & 0x0400) != 0, {}, {}, {}};
    const auto read = [&in](unsigned count, std::vector<std::string>& section) {
        for (unsigned i = 0; i < count; ++i) {
            const dns::Name owner = dns::Name::read(in);
            Record record{dns::Type{in.u16()}, 0, {}};
            in.u16();
            record.ttl = in.u32();
            const base::Bytes data = in.take(in.u16());
            record.data.assign(data.begin(), data.end());
            section.push_back(line_of(owner, record));
        }
    };
    read(header.answers, reply.answers);
    read(header.authorities, reply.authorities);
    read(header.additionals, reply.additionals);
    reply.sort();
    return reply;
}

} // namespace model
