#include "daemon/keeper/setup.h"

#include <algorithm>

#include "privsep/fail.h"

namespace keeper
{

namespace
{

/// The head comes first, then the rest.
class SetupParser final : public SetupTaker
{
public:
    SetupParser(std::size_t bytes, std::optional<Setup>& into) noexcept
        : most_hosts_(bytes / account_bytes), setup_(into)
    {
    }

    void head(const ipc::KeeperSetup& head) override
    {
        is_valid_ = is_valid_ && !setup_;
        setup_.emplace(head);
        setup_->hosts.reserve(std::min<std::size_t>(head.hosts, most_hosts_));
    }
    void account(const ipc::Account& account) override
    {
        is_valid_ = is_valid_ && setup_ && static_cast<std::uint32_t>(account.index) < setup_->head.hosts &&
                    account.lifetime.count() > 0;
        is_valid_ = is_valid_ && setup_->hosts.add(account);
    }
    void static_host(const ipc::StaticHost& host) override
    {
        is_valid_ = is_valid_ && setup_;
        if (is_valid_) {
            setup_->hosts.add(host);
        }
    }
    void follower(const ipc::Follower& follower) override
    {
        is_valid_ = is_valid_ && setup_ && static_cast<std::uint32_t>(follower.index) < setup_->head.hosts &&
                    setup_->hosts.add(follower);
    }
    void group(const ipc::Group& group) override
    {
        is_valid_ = is_valid_ && setup_ && setup_->hosts.add(group);
    }
    void imported_host(const ipc::ImportedHost& /*host*/) override { is_valid_ = is_valid_ && setup_; }

    bool finish() { return is_valid_ && setup_ && setup_->hosts.finish(); }

private:
    static constexpr std::size_t account_bytes = 48; ///< the least: a digest and a salt

    std::size_t most_hosts_;
    std::optional<Setup>& setup_;
    bool is_valid_ = true;
};

/// Takes only the imported hosts.
class HostImporter final : public SetupTaker
{
public:
    explicit HostImporter(Ledger& ledger) noexcept : ledger_(ledger) {}

    void imported_host(const ipc::ImportedHost& host) override { ledger_.import(host); }

private:
    Ledger& ledger_;
};

/// Calls the function of a taker for the kind of record.
struct Dispatcher {
    SetupTaker& taker;
    void operator()(const ipc::KeeperSetup& head) const { taker.head(head); }
    void operator()(const ipc::Account& account) const { taker.account(account); }
    void operator()(const ipc::StaticHost& host) const { taker.static_host(host); }
    void operator()(const ipc::Follower& follower) const { taker.follower(follower); }
    void operator()(const ipc::Group& group) const { taker.group(group); }
    void operator()(const ipc::ImportedHost& host) const { taker.imported_host(host); }
};

} // namespace

bool read_records(base::Bytes setup, SetupTaker& taker)
{
    return ipc::read_setup<ipc::KeeperPart>(setup, Dispatcher{taker});
}

void read_setup(base::Bytes bytes, std::optional<Setup>& setup)
{
    SetupParser parser{bytes.size(), setup};
    if (!read_records(bytes, parser) || !parser.finish()) {
        privsep::fail("the setup is malformed");
    }
}

void import_hosts(base::Bytes bytes, Ledger& ledger)
{
    HostImporter importer{ledger};
    read_records(bytes, importer);
}

} // namespace keeper
