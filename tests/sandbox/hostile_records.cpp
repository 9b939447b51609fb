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
    proposal.host = dns::Name::from_text(host + ".dyn.example.org").value();
    proposal.change4 = ipc::Change::set;
    proposal.address4 = {{192, 0, 2, last}};
    proposal.client = *base::parse_address("203.0.113.9");
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
    // tag, id, length and token, host, then the change of each family and its address
    const std::size_t name = 1 + 4 + 1 + proposal.token.bytes().size();
    const std::size_t change4 = name + proposal.host.wire().size();
    const std::size_t change6 = change4 + 1 + 4;
    for (const std::uint8_t value : std::initializer_list<std::uint8_t>{0, 4, 255}) {
        records.push_back({"change of A " + std::to_string(value), with(good, change4, value)});
        records.push_back({"change of AAAA " + std::to_string(value), with(good, change6, value)});
    }
    records.push_back({"a compressed name", with(good, name, 0xC0)});
    records.push_back({"a label of another kind", with(good, name, 0x40)});
    records.push_back({"a token that has no end", with(good, 5, 255)});
    add_other_edges(records);
    return records;
}

} // namespace sandbox
