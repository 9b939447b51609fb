#include "tests/sandbox/hostile_records.h"

#include "proto/ipc/control.h"
#include "proto/ipc/zone_feed.h"

namespace sandbox
{

ipc::Propose propose(const std::string& host, const std::string& token, std::uint8_t last, std::uint32_t id)
{
    ipc::Propose proposal;
    proposal.id = ipc::RequestId{id};
    proposal.token = base::Token::from(token).value_or(base::Token{});
    proposal.client = *base::parse_address("203.0.113.9");
    proposal.hosts = {dns::Name::from_text(host + ".dyn.example.org").value()};
    proposal.ipv4 = {ipc::Change::set, {{192, 0, 2, last}}};
    proposal.ipv6.change = ipc::Change::keep;
    return proposal;
}

namespace
{

ByteVector with(ByteVector record, std::size_t at, std::uint8_t value)
{
    record.at(at) = value;
    return record;
}

/// Messages that are valid on other channels; a tag may be known here too.
void add_other_edges(std::vector<NamedRecord>& records)
{
    records.push_back({"Settled", record_of<ipc::KeeperToUpdater>(ipc::Settled{})});
    records.push_back({"HostRecords", record_of<ipc::KeeperToResponder>(ipc::HostRecords{})});
    records.push_back({"Complete", record_of<ipc::KeeperToResponder>(ipc::Complete{7})});
    records.push_back({"Ping", record_of<ipc::SupervisorToChild>(ipc::Ping{7})});
    records.push_back({"Attach", record_of<ipc::SupervisorToChild>(ipc::Attach{})});
    records.push_back({"Quit", record_of<ipc::SupervisorToChild>(ipc::Quit{})});
    records.push_back({"ReportStatistics", record_of<ipc::SupervisorToChild>(ipc::ReportStatistics{})});
    records.push_back({"Ready", record_of<ipc::ChildToSupervisor>(ipc::Ready{7})});
    records.push_back({"Pong", record_of<ipc::ChildToSupervisor>(ipc::Pong{7})});
    records.push_back({"PeerReport", record_of<ipc::ChildToSupervisor>(ipc::PeerReport{})});
}

/// The fields of a proposal in their order, with values that they cannot have.
void add_bad_fields(std::vector<NamedRecord>& records, const ipc::Propose& proposal)
{
    const ByteVector good = record_of<ipc::UpdaterToKeeper>(proposal);
    const auto add = [&](const std::string& what, std::size_t at, std::initializer_list<int> values) {
        for (const int value : values) {
            records.push_back(
                {what + ' ' + std::to_string(value), with(good, at, static_cast<std::uint8_t>(value))});
        }
    };
    constexpr std::size_t token = 1 + 4; // after the tag and the id
    const std::size_t known = token + 1 + proposal.token.bytes().size() + 16;
    const std::size_t hosts = known + 1;
    const std::size_t name = hosts + 2;
    const std::size_t account = name + proposal.hosts.front().wire().size();
    const std::size_t ipv4 = account + 1 + 3;
    const std::size_t ipv6 = ipv4 + 1 + 4 + 1;
    const std::size_t prefix = ipv6 + 1 + 16 + 1;
    const std::size_t txt = prefix + 1 + 17 + 1;
    add("length of the token", token, {255});
    add("client is known", known, {2, 255});
    add("number of hosts", hosts, {1, 255});
    add("number of hosts in the lower byte", hosts + 1, {0, 2, 20, 21, 255});
    add("label of the name", name, {0x40, 0xC0}); // of another kind, compressed
    add("has an account", account, {1, 2, 255});
    for (std::size_t flag = account + 1; flag < ipv4; ++flag) {
        add("flag", flag, {2, 255});
    }
    add("change of A", ipv4, {0, 5, 255});
    add("change of AAAA", ipv6, {0, 5, 255});
    add("change of the prefix", prefix, {0, 5, 255});
    for (const std::size_t change : {ipv4, ipv6, prefix}) {
        const std::size_t value = change == ipv4 ? 4 : (change == ipv6 ? 16 : 17);
        add("is the client's own", change + 1 + value, {2, 255});
    }
    add("length of the prefix", prefix + 1 + 16, {129, 255});
    add("prefix with bits behind its length", prefix + 1 + 15, {1});
    add("change of TXT", txt, {0, 5, 255});
}

} // namespace

std::vector<NamedRecord> bad_proposals()
{
    const ipc::Propose proposal = propose("home", "secret", 66);
    const ByteVector good = record_of<ipc::UpdaterToKeeper>(proposal);
    std::vector<NamedRecord> records{{"nothing", {}}};
    for (unsigned tag = 0; tag < 256; ++tag) {
        if (tag != ipc::Propose::tag) {
            records.push_back({"tag " + std::to_string(tag), with(good, 0, static_cast<std::uint8_t>(tag))});
        }
    }
    for (std::size_t size = 1; size < good.size(); ++size) {
        records.push_back({"cut at " + std::to_string(size),
                           ByteVector(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))});
    }
    for (const std::size_t size :
         {good.size() + 1, ipc::max_record, ipc::max_record + 1, std::size_t{60000}}) {
        ByteVector longer = good;
        longer.resize(size);
        records.push_back({std::to_string(size) + " bytes", longer});
    }
    add_bad_fields(records, proposal);
    add_other_edges(records);
    return records;
}

} // namespace sandbox
