// A zone and its model, which get the same hosts and the same changes.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/daemon/zone/model.h"

namespace model
{

/// `dice(n)` chooses a number below n: at random, or from the input of a fuzzer.
template <typename Dice>
class Twins
{
public:
    explicit Twins(Dice dice) : dice_(std::move(dice)), zone_(setup())
    {
        const unsigned hosts = 1 + dice_(9);
        for (unsigned i = 0; i < hosts; ++i) {
            add_host(some_path());
        }
        zone_.complete();
        zone_.set_serial(1);
        const zone::Match at_apex = zone_.look_up(name_of({}).wire());
        for (const zone::RRset& rrset : at_apex.rrsets) {
            if (rrset.type == dns::Type::soa) {
                model_.records[{}].push_back(only_record(zone_.records(rrset)));
            }
        }
        model_.negative_soa = only_record(zone_.negative_soa());
        for (const dns::Name& server : setup().name_servers) {
            model_.records[{}].push_back({dns::Type::ns, zone::Zone::apex_ttl,
                                          ByteVector(server.wire().begin(), server.wire().end())});
        }
    }

    /// Whether the zone has taken all hosts.
    bool is_valid() const noexcept { return is_valid_; }
    /// A change as the keeper's feed may have it. False if the zone refuses what it must take, or takes a
    /// challenge that it must refuse.
    bool change()
    {
        const unsigned number = dice_(static_cast<unsigned>(hosts_.size()));
        const Host& host = hosts_[number];
        const ipc::HostIndex index{number};
        const unsigned kind = dice_(4);
        if (kind == 0) {
            return change_challenge(index, host) == host.has_challenge;
        }
        const auto six = some6();
        replace(host, dns::Type::aaaa, six);
        if (kind == 1) {
            return zone_.set_address6(index, six);
        }
        const auto four = some4();
        replace(host, dns::Type::a, four);
        return zone_.set_addresses(index, four, six);
    }

    dns::Name some_name() { return name_of(some_path()); }
    dns::Type some_type()
    {
        using dns::Type;
        constexpr std::array types = {Type::a,  Type::a,     Type::aaaa, Type::txt, Type::txt, Type::mx,
                                      Type::ns, Type::cname, Type::any,  Type::ds,  Type::soa, Type{999}};
        return types[dice_(types.size())];
    }
    Reply ours(const dns::Name& name, dns::Type type) const { return reply_of(zone_, name, type); }
    Reply expected(const dns::Name& name, dns::Type type) const { return model_.answer(name, type); }

private:
    static constexpr std::uint32_t ttl = 60;

    struct Host {
        Path path;
        bool is_alias = false;
        bool has_challenge = false;
    };

    static ipc::ResponderSetup setup()
    {
        ipc::ResponderSetup setup;
        setup.apex = name_of({});
        setup.name_servers = {name_of({"a"}), *dns::Name::from_text("ns.example.net")};
        setup.mailbox = name_of({"b"});
        return setup;
    }
    static Record only_record(const dns::Records& records)
    {
        base::Reader in{records.wire};
        in.take(2);
        Record record{dns::Type{in.u16()}, 0, {}};
        in.u16();
        record.ttl = in.u32();
        const base::Bytes data = in.take(in.u16());
        record.data.assign(data.begin(), data.end());
        return record;
    }
    static Path challenge_of(Path path)
    {
        path.emplace_back("_acme-challenge");
        return path;
    }

    /// Of few labels, so that names are above and below each other, and questions meet them.
    Path some_path()
    {
        constexpr std::array labels = {"a", "b", "a", "*", "_acme-challenge"};
        Path path;
        for (unsigned left = dice_(5); left != 0; --left) {
            path.emplace_back(labels[dice_(labels.size())]);
        }
        return path;
    }
    ByteVector some_target(ByteVector before)
    {
        const dns::Name name = dice_(6) == 0 ? *dns::Name::from_text("www.example.net") : some_name();
        before.insert(before.end(), name.wire().begin(), name.wire().end());
        return before;
    }
    std::uint8_t some_byte() { return static_cast<std::uint8_t>(dice_(256)); }
    std::optional<base::Address4> some4()
    {
        return dice_(2) == 0 ? std::nullopt : std::optional{base::Address4{{10, 0, 0, some_byte()}}};
    }
    std::optional<base::Address6> some6()
    {
        return dice_(2) == 0 ? std::nullopt : std::optional{base::Address6{{0x20, 1, some_byte()}}};
    }

    void add_host(const Path& path)
    {
        if (!names_.insert(path).second) {
            return;
        }
        ipc::HostSetup host{name_of(path), ttl, some_records(path)};
        host.may_have_challenge = dice_(3) == 0 && names_.insert(challenge_of(path)).second;
        const bool is_alias = !host.records.empty() && dns::Type{host.records[0].type} == dns::Type::cname;
        hosts_.push_back({path, is_alias, host.may_have_challenge});
        for (const ipc::StaticRecord& record : host.records) {
            model_.records[path].push_back({dns::Type{record.type}, ttl, record.data});
        }
        is_valid_ = zone_.add_host(host) && is_valid_;
    }
    /// As the config allows them: an alias has nothing else, and a delegation has nothing but addresses.
    std::vector<ipc::StaticRecord> some_records(const Path& path)
    {
        const bool is_plain = path.empty() || path.back() == "*";
        const unsigned kind = dice_(8);
        if (kind == 0 && !path.empty()) {
            return {{5, some_target({})}};
        }
        std::vector<ipc::StaticRecord> records;
        const auto add = [&](unsigned one_in, std::uint16_t type, const ByteVector& data) {
            if (dice_(one_in) == 0) {
                records.push_back({type, data});
            }
        };
        add(3, 1, {192, 0, 2, 1});
        add(5, 1, {192, 0, 2, 2});
        add(4, 28, ByteVector(16, 6));
        if (kind == 1 && !is_plain) {
            records.push_back({2, some_target({})});
            return records;
        }
        add(4, 16, {1, 't'});
        add(4, 15, some_target({0, 10}));
        add(8, 33, some_target({0, 0, 0, 1, 0, 80}));
        return records;
    }

    template <typename Address>
    void replace(const Host& host, dns::Type type, const std::optional<Address>& address)
    {
        if (host.is_alias) {
            return;
        }
        auto& records = model_.records[host.path];
        std::erase_if(records, [&](const Record& record) { return record.type == type; });
        if (address) {
            records.push_back({type, ttl, ByteVector(address->bytes.begin(), address->bytes.end())});
        }
    }
    bool change_challenge(ipc::HostIndex index, const Host& host)
    {
        std::vector<zone::Zone::ChallengeValue> values(dice_(3));
        std::vector<Record> records;
        for (zone::Zone::ChallengeValue& value : values) {
            value.fill(some_byte());
            ByteVector data(value.begin(), value.end());
            data.insert(data.begin(), static_cast<std::uint8_t>(value.size()));
            records.push_back({dns::Type::txt, 1, data});
        }
        if (host.has_challenge) {
            model_.records[challenge_of(host.path)] = records;
        }
        return zone_.set_challenge(index, values);
    }

    Dice dice_;
    zone::Zone zone_;
    Zone model_;
    std::vector<Host> hosts_;
    std::set<Path> names_; ///< of hosts and challenges
    bool is_valid_ = true;
};

} // namespace model
