// Properties of the keeper's handling of an updater that sends the records of the input over a real channel:
// a host changes only by a proposal with a secret that opens it, and then as the proposal says, all of its
// hosts or none unless it says so; a follower has its leader's prefix and A record; the serial never
// decreases; there is one verdict for each proposal, with its id; a malformed record closes the channel, and
// the peer is reported; the size of the files is limited; and the stored state is read back unchanged. A look
// shows what a host has to who has its secret, and changes nothing.
//
// Host "a" can have a challenge. Host "b" has a suffix and a follower, and keeps what is missing. Host "c"
// refuses private addresses, and removes what is missing. A group opens "b" and "c".
//
// Input: records, each after two bytes. Their lower 13 bits are its length. The upper three replace the
// record's secret, because the fuzzer cannot guess one: 4 is the token of "a", 5 of "b", 6 of the group, and
// 7 is the key of the challenge of "a", with the account if the record has one.
#include <array>
#include <cstdlib>
#include <memory>

#include "daemon/common/challenge_account.h"
#include "daemon/common/clock.h"
#include "daemon/common/token_digest.h"
#include "daemon/keeper/feeds.h"
#include "daemon/keeper/proposals.h"
#include "proto/base/address_kinds.h"
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

const std::string group_token = "secret of g";
const std::string challenge_key = "secret of k";
constexpr base::Address6 suffix{{0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 3, 0, 4}};
constexpr base::Address6 suffix_of_follower{{0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1}};

base::TokenHash hash_of(const std::string& secret)
{
    return common::hash_token(*base::Token::from(secret),
                              ipc::Salt{static_cast<std::uint8_t>(secret.back())});
}

std::array<ipc::Account, hosts> make_accounts()
{
    std::array<ipc::Account, hosts> accounts;
    for (std::size_t i = 0; i < hosts; ++i) {
        accounts[i].index = ipc::HostIndex{static_cast<std::uint32_t>(i)};
        accounts[i].host = name(i);
        accounts[i].token = hash_of(token(i));
        accounts[i].lifetime = base::Seconds{3600};
    }
    accounts[0].token_sets_challenge = true;
    accounts[0].challenge_keys = {hash_of(challenge_key)};
    accounts[1].suffix = suffix;
    accounts[1].missing = ipc::Missing::keep;
    accounts[2].missing = ipc::Missing::remove;
    accounts[2].private_addresses = ipc::PrivateAddresses::refused;
    return accounts;
}

keeper::Hosts make_hosts()
{
    keeper::Hosts table{base::SipKey{9}};
    static const auto accounts = make_accounts();
    static const auto group_hash = hash_of(group_token);
    for (const ipc::Account& account : accounts) {
        require(table.add(account));
    }
    require(table.add(ipc::Group{{group_hash}, false, {}, {accounts[1].index, accounts[2].index}}));
    require(table.add(
        ipc::Follower{ipc::HostIndex{hosts}, name(hosts), accounts[1].index, suffix_of_follower, true}));
    require(table.finish());
    return table;
}

/// What one host must have.
struct Expected {
    keeper::HostState state;
    std::optional<base::Prefix6> prefix;
    std::vector<ipc::ChallengeValue> values; ///< the newest is the last
};

void change_challenge(std::vector<ipc::ChallengeValue>& values, const ipc::Propose& proposal)
{
    if (proposal.txt == ipc::TxtChange::clear) {
        values.clear();
    }
    if (proposal.txt == ipc::TxtChange::set || proposal.txt == ipc::TxtChange::remove) {
        std::erase(values, proposal.value);
    }
    if (proposal.txt == ipc::TxtChange::set) {
        values.push_back(proposal.value);
        values.erase(values.begin(), values.end() - std::min<std::ptrdiff_t>(std::ssize(values), 2));
    }
}

base::Address6 new_address6(const ipc::Propose& proposal)
{
    const base::Address6& address = proposal.ipv6.value;
    const base::Prefix6& prefix = proposal.prefix.value;
    const bool is_identifier = base::prefix_of(address, prefix.length).address == base::Address6{};
    return proposal.prefix.change == ipc::Change::set && is_identifier ? base::with_suffix(prefix, address)
                                                                       : address;
}

/// A second, simple implementation of a proposal's effect on addresses.
void change_addresses(Expected& expected, const ipc::Propose& proposal, std::uint32_t host)
{
    using ipc::Change;
    keeper::HostState& state = expected.state;
    const bool missing_removes = host == 0 ? proposal.missing_removes : host == 2;
    const auto is_kept = [&](Change change) {
        return change == Change::keep || (change == Change::missing && !missing_removes);
    };
    if (!is_kept(proposal.ipv4.change)) {
        state.a = proposal.ipv4.change == Change::set ? std::optional{proposal.ipv4.value} : std::nullopt;
    }
    const base::Prefix6& prefix = proposal.prefix.value;
    const bool sets_prefix = proposal.prefix.change == Change::set;
    if (host == 1 && sets_prefix) {
        state.aaaa = base::with_suffix(prefix, suffix);
    } else if (proposal.ipv6.change == Change::set) {
        state.aaaa = new_address6(proposal);
    } else if (!is_kept(proposal.ipv6.change)) {
        state.aaaa.reset();
    }
    if (sets_prefix || proposal.prefix.change == Change::remove) {
        expected.prefix = sets_prefix ? std::optional{prefix} : std::nullopt;
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
        compare(is_valid ? std::visit([this](const auto& one) { return settle(one); }, *message) : 0);
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
        require(follower_is_expected(again));
    }

private:
    /// The one reply to a record.
    ipc::KeeperToUpdater hear()
    {
        ByteVector room(ipc::max_record);
        const auto got = updater_.receive_record(room);
        require(got.transfer == privsep::Transfer::done);
        const auto message = ipc::decode<ipc::KeeperToUpdater>(got.record);
        require(message.has_value());
        require(updater_.receive_record(room).transfer == privsep::Transfer::would_block);
        return *message;
    }

    /// Requires that only the secret of the host shows what it has. No host changes.
    std::size_t settle(const ipc::Look& look)
    {
        const ipc::KeeperToUpdater reply = hear();
        const auto* seen = std::get_if<ipc::Seen>(&reply);
        if (seen == nullptr) {
            const auto& settled = std::get<ipc::Settled>(reply);
            require(settled.id == look.id && settled.hosts.at(0).verdict > ipc::Verdict::unchanged);
            return 0;
        }
        const auto host = ledger_.table().find(seen->host.get());
        require(seen->id == look.id && host.has_value());
        const std::string_view given = base::as_text(look.token.bytes());
        require(given == token(*host) || (*host != 0 && given == group_token));
        const Expected& expected = expected_[*host];
        require(seen->address4 == expected.state.a && seen->address6 == expected.state.aaaa);
        require(seen->prefix == expected.prefix &&
                std::ranges::is_permutation(seen->challenge, expected.values));
        return 0;
    }

    /// The number of hosts that changed or may have.
    std::size_t settle(const ipc::Propose& proposal)
    {
        const ipc::KeeperToUpdater reply = hear();
        const auto& settled = std::get<ipc::Settled>(reply);
        require(settled.id == proposal.id);
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

    void change_host(const ipc::Propose& proposal, std::size_t place)
    {
        require(!proposal.account || *proposal.account == common::challenge_account(name(0)));
        const auto host = proposal.account ? 0 : ledger_.table().find(proposal.hosts[place]);
        require(host.has_value());
        const std::string_view given = base::as_text(proposal.token.bytes());
        const bool is_of_group = *host != 0 && given == group_token;
        const bool opens_addresses = !proposal.account && (given == token(*host) || is_of_group);
        const bool opens_challenge = *host == 0 && (given == challenge_key || opens_addresses);
        require(proposal.txt == ipc::TxtChange::none || opens_challenge);
        require(!proposal.changes_addresses() || opens_addresses);
        Expected& expected = expected_[*host];
        if (proposal.changes_addresses()) {
            change_addresses(expected, proposal, *host);
        }
        change_challenge(expected.values, proposal);
        require(*host != 2 || !has_private(expected));
    }

    static bool has_private(const Expected& expected)
    {
        return (expected.state.a && base::is_private(*expected.state.a)) ||
               (expected.state.aaaa && base::is_private(*expected.state.aaaa)) ||
               (expected.prefix && base::is_private(expected.prefix->address));
    }

    bool is_expected(const keeper::Ledger& ledger, std::uint32_t host) const
    {
        const keeper::HostData data = ledger.table().data(host);
        const Expected& expected = expected_[host];
        const auto values = data.challenge.values();
        const bool has_values = std::ranges::is_permutation(values, expected.values, {},
                                                            [](const auto& value) { return value.text; });
        return has_values && data.a == expected.state.a && data.aaaa == expected.state.aaaa &&
               data.prefix == expected.prefix;
    }

    /// The records of the follower are worked out from those of its leader.
    bool follower_is_expected(const keeper::Ledger& ledger) const
    {
        const Expected& leader = expected_[1];
        const auto message = ledger.parts().message(hosts, ledger.serial());
        const auto& records = std::get<ipc::HostRecords>(message);
        const auto aaaa = leader.prefix ? std::optional{base::with_suffix(*leader.prefix, suffix_of_follower)}
                                        : std::nullopt;
        return records.address4 == leader.state.a && records.address6 == aaaa;
    }

    /// Requires that all hosts are as the accepted proposals say; so many may have changed.
    void compare(std::size_t changed)
    {
        for (std::uint32_t i = 0; i < hosts; ++i) {
            require(is_expected(ledger_, i));
        }
        require(follower_is_expected(ledger_));
        const std::uint32_t growth = ledger_.serial() - serial_;
        require(growth <= 2 * changed); // a challenge and a follower have serials of their own
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
    std::array<Expected, hosts> expected_;
    std::uint32_t serial_ = 0;
};

/// A proposal or a look with its secret replaced; any other record unchanged.
ByteVector with_secret(base::Bytes record, unsigned choice)
{
    const std::array secrets = {token(0), token(1), group_token, challenge_key};
    ByteVector result(record.begin(), record.end());
    auto message = ipc::decode<ipc::UpdaterToKeeper>(record);
    if (message && choice >= 4) {
        std::visit([&](auto& one) { one.token = *base::Token::from(secrets.at(choice - 4)); }, *message);
        if (auto* one = std::get_if<ipc::Propose>(&*message); one != nullptr && one->account && choice == 7) {
            one->account = common::challenge_account(name(0));
        }
        result.resize(ipc::max_record);
        result.resize(ipc::encode(*message, result).size());
    }
    return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr unsigned length_bits = 13;
    constexpr std::uint16_t length_mask = 0x1FFF;
    constexpr unsigned silent =
        0U - static_cast<unsigned>(privsep::Level::notice); // their sum, 0, is less than any level
    privsep::log_as("", false, silent);
    base::Reader in{{data, size}};
    Handler handler;
    bool goes_on = true;
    for (int records = 0; goes_on && in.left() >= 2 && records < 64; ++records) {
        const std::uint16_t head = in.u16();
        const base::Bytes bytes = in.take(std::min<std::size_t>(head & length_mask, in.left()));
        goes_on = handler.take(with_secret(bytes, head >> length_bits));
    }
    handler.read_again();
    return 0;
}
