// Properties of the keeper's handling of an updater that sends the records of the input over a real channel:
// a host changes only by a proposal with its token, and then as the proposal says, all of
// its hosts or none unless it says so; the serial never
// decreases; there is one verdict for each proposal, with its id; a malformed record closes the channel, and
// the peer is reported; the size of the files is limited; and the stored state is read back unchanged.
//
// Input: records, each after two bytes. Their lower 13 bits are its length; the top bit replaces the record's
// token by that of host "a", because the fuzzer cannot guess it.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "daemon/common/clock.h"
#include "daemon/common/token_digest.h"
#include "daemon/keeper/feeds.h"
#include "daemon/keeper/proposals.h"
#include "proto/ipc/update.h"

namespace
{

using ByteVector = std::vector<std::uint8_t>;

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

class Memory : public keeper::StateFile
{
public:
    int read(ByteVector& content) override
    {
        content = content_;
        return 0;
    }
    int write(std::uint64_t offset, base::Bytes bytes) noexcept override
    {
        content_.resize(std::max<std::size_t>(content_.size(), offset + bytes.size()));
        std::copy(bytes.begin(), bytes.end(), content_.begin() + static_cast<std::ptrdiff_t>(offset));
        return 0;
    }
    int sync() noexcept override { return 0; }
    int truncate(std::uint64_t size) noexcept override
    {
        content_.resize(size);
        return 0;
    }
    std::size_t size() const noexcept { return content_.size(); }

private:
    ByteVector content_;
};

constexpr std::size_t hosts = 3;
constexpr base::FixedPoint start{{1}, base::UnixTime{base::Seconds{1795000000}}, {}};
constexpr keeper::CompactionPolicy policy{1024, 1, 3, 1, 200}; // it compacts most of the time

std::string token(std::size_t host)
{
    return std::string{"secret of "} + static_cast<char>('a' + host);
}

dns::Name name(std::size_t host)
{
    return *dns::Name::from_text(std::string(1, static_cast<char>('a' + host)) + ".example.org");
}

base::TokenHash hash_of(std::size_t host)
{
    return common::hash_token(*base::Token::from(token(host)), ipc::Salt{static_cast<std::uint8_t>(host)});
}

keeper::Hosts make_hosts()
{
    keeper::Hosts table{base::SipKey{9}};
    static const std::array hashes{hash_of(0), hash_of(1), hash_of(2)};
    for (std::size_t i = 0; i < hosts; ++i) {
        table.add(
            {ipc::HostIndex{static_cast<std::uint32_t>(i)}, name(i), hashes.at(i), base::Seconds{3600}});
    }
    table.finish();
    return table;
}

/// A second, simple implementation of a proposal's effect.
void change(keeper::HostData& state, const ipc::Propose& proposal)
{
    using ipc::Change;
    const auto is_kept = [&](Change change) {
        return change == Change::keep || (change == Change::missing && !proposal.missing_removes);
    };
    if (!is_kept(proposal.ipv4.change)) {
        state.a = proposal.ipv4.change == Change::set ? std::optional{proposal.ipv4.value} : std::nullopt;
    }
    const base::Prefix6& prefix = proposal.prefix.value;
    const bool sets_prefix = proposal.prefix.change == Change::set;
    if (proposal.ipv6.change == Change::set) {
        const bool is_identifier =
            base::prefix_of(proposal.ipv6.value, prefix.length).address == base::Address6{};
        state.aaaa = sets_prefix && is_identifier ? base::with_suffix(prefix, proposal.ipv6.value)
                                                  : proposal.ipv6.value;
    } else if (!is_kept(proposal.ipv6.change)) {
        state.aaaa.reset();
    }
    if (sets_prefix || proposal.prefix.change == Change::remove) {
        state.prefix = sets_prefix ? std::optional{prefix} : std::nullopt;
    }
}

class Handler
{
public:
    Handler() : ledger_(make_hosts(), {}, files_[0], files_[1], policy)
    {
        ledger_.open(start, common::uptime());
        ledger_.start(common::uptime());
        serial_ = ledger_.serial();
        auto [ours, theirs] = privsep::Channel::pair();
        proposals_.attach(theirs.release());
        updater_ = std::move(ours);
        auto [responder, feed] = privsep::Channel::pair();
        feeds_.attach(0, feed.release());
        responder_ = std::move(responder);
    }

    /// False if the channel is closed afterwards.
    bool take(base::Bytes record)
    {
        require(updater_.send_record(record) == privsep::Transfer::done);
        loop_.turn(0);
        const auto message = ipc::decode<ipc::UpdaterToKeeper>(record);
        const bool is_valid = message && record.size() <= ipc::max_record;
        require(is_valid == proposals_.is_attached() && is_valid == !is_reported_);
        compare(is_valid ? settle(std::get<ipc::Propose>(*message)) : 0);
        require(feed_has_valid_records());
        return is_valid;
    }

    /// Requires that the stored state is the current state.
    void read_again()
    {
        keeper::Ledger again{make_hosts(), {}, files_[0], files_[1], policy};
        const keeper::Opened opened = again.open(start, common::uptime());
        require(opened.refusal.empty() && !opened.is_fresh);
        again.start(common::uptime());
        require(again.serial() == ledger_.serial());
        for (std::uint32_t i = 0; i < hosts; ++i) {
            require(is_expected(again, i));
        }
    }

private:
    /// The number of hosts that changed or may have.
    std::size_t settle(const ipc::Propose& proposal)
    {
        ByteVector room(ipc::max_record);
        const auto got = updater_.receive_record(room);
        require(got.transfer == privsep::Transfer::done);
        const auto message = ipc::decode<ipc::KeeperToUpdater>(got.record);
        require(message.has_value());
        const auto& settled = std::get<ipc::Settled>(*message);
        require(settled.id == proposal.id);
        require(updater_.receive_record(room).transfer == privsep::Transfer::would_block);
        require(settled.hosts.size() == (proposal.account ? 1 : proposal.hosts.size()));
        std::size_t changed = 0;
        for (std::size_t place = 0; place < settled.hosts.size(); ++place) {
            const ipc::Verdict verdict = settled.hosts[place].verdict;
            const bool is_success = verdict == ipc::Verdict::committed || verdict == ipc::Verdict::unchanged;
            require(is_success || !proposal.all_or_nothing || changed == 0);
            if (is_success) {
                change_host(proposal, place);
                ++changed;
            }
        }
        return changed;
    }

    /// No host of this config has a challenge, so only addresses change.
    void change_host(const ipc::Propose& proposal, std::size_t place)
    {
        require(!proposal.account && proposal.txt == ipc::TxtChange::none);
        const auto host = ledger_.table().find(proposal.hosts[place]);
        require(host.has_value());
        const std::string needed = token(*host);
        const base::Bytes given = proposal.token.bytes();
        require(std::equal(given.begin(), given.end(), needed.begin(), needed.end()));
        change(expected_[*host], proposal);
    }

    bool is_expected(const keeper::Ledger& ledger, std::uint32_t host) const
    {
        const keeper::HostData data = ledger.table().data(host);
        return data.a == expected_[host].a && data.aaaa == expected_[host].aaaa &&
               data.prefix == expected_[host].prefix;
    }

    /// Requires that all hosts are as the accepted proposals say; so many may have changed.
    void compare(std::size_t changed)
    {
        for (std::uint32_t i = 0; i < hosts; ++i) {
            require(is_expected(ledger_, i));
        }
        const std::uint32_t growth = ledger_.serial() - serial_;
        require(growth <= changed);
        serial_ = ledger_.serial();
        require(files_[0].size() + files_[1].size() <= 16 * policy.small_file);
    }

    bool feed_has_valid_records()
    {
        ByteVector room(ipc::max_record);
        for (auto got = responder_.receive_record(room); got.transfer == privsep::Transfer::done;
             got = responder_.receive_record(room)) {
            if (!ipc::decode<ipc::KeeperToResponder>(got.record)) {
                return false;
            }
        }
        return true;
    }

    std::array<Memory, 2> files_;
    keeper::Ledger ledger_;
    privsep::EventLoop loop_;
    bool is_reported_ = false;
    keeper::ReportPeer report_peer_ = [this](const ipc::PeerReport& peer) {
        is_reported_ = peer.role == ipc::Role::updater;
    };
    keeper::Feeds feeds_{loop_, ledger_, 1, report_peer_};
    keeper::Proposals proposals_{loop_,       ledger_, feeds_, base::SipKey{4}, dns::CompactName{name(0)},
                                 report_peer_};
    privsep::Channel updater_;
    privsep::Channel responder_;
    std::array<keeper::HostData, hosts> expected_;
    std::uint32_t serial_ = 0;
};

/// A proposal with its token replaced by that of host "a"; any other record unchanged.
ByteVector with_token(base::Bytes record)
{
    ByteVector result(record.begin(), record.end());
    auto message = ipc::decode<ipc::UpdaterToKeeper>(record);
    if (message) {
        std::get<ipc::Propose>(*message).token = *base::Token::from(token(0));
        result.resize(ipc::max_record);
        result.resize(ipc::encode(*message, result).size());
    }
    return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr std::uint16_t token_bit = 0x8000;
    constexpr std::uint16_t length_bits = 0x1FFF;
    constexpr unsigned silent =
        0U - static_cast<unsigned>(privsep::Level::notice); // their sum, 0, is less than any level
    privsep::log_as("", false, silent);
    base::Reader in{{data, size}};
    Handler handler;
    bool goes_on = true;
    for (int records = 0; goes_on && in.left() >= 2 && records < 64; ++records) {
        const std::uint16_t head = in.u16();
        const base::Bytes bytes = in.take(std::min<std::size_t>(head & length_bits, in.left()));
        const ByteVector record =
            (head & token_bit) != 0 ? with_token(bytes) : ByteVector(bytes.begin(), bytes.end());
        goes_on = handler.take(record);
    }
    handler.read_again();
    return 0;
}
