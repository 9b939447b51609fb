#include "daemon/keeper/setup.h"

#include <algorithm>
#include <optional>

#include "privsep/fail.h"

namespace keeper
{

namespace
{

/// Takes the records of the setup in their order: the head, then the rest.
class SetupParser
{
public:
    explicit SetupParser(std::size_t bytes) noexcept : most_hosts_(bytes / account_bytes) {}

    void operator()(const ipc::KeeperSetup& head)
    {
        is_valid_ = is_valid_ && !setup_;
        setup_.emplace(Setup{head, Hosts{head.secret}});
        setup_->hosts.reserve(std::min<std::size_t>(head.hosts, most_hosts_));
    }
    void operator()(const ipc::Account& account)
    {
        is_valid_ = is_valid_ && setup_ && static_cast<std::uint32_t>(account.index) < setup_->head.hosts &&
                    account.lifetime.count() > 0;
        is_valid_ = is_valid_ && setup_->hosts.add(account);
    }
    void operator()(const ipc::StaticHost& host)
    {
        is_valid_ = is_valid_ && setup_;
        if (is_valid_) {
            setup_->hosts.add(host);
        }
    }
    void operator()(const ipc::Follower& follower)
    {
        is_valid_ = is_valid_ && setup_ && static_cast<std::uint32_t>(follower.index) < setup_->head.hosts &&
                    setup_->hosts.add(follower);
    }
    void operator()(const ipc::Group& group) { is_valid_ = is_valid_ && setup_ && setup_->hosts.add(group); }
    void operator()(const ipc::ImportedHost& /*host*/) { is_valid_ = is_valid_ && setup_; }

    std::optional<Setup> finish()
    {
        if (is_valid_ && setup_ && setup_->hosts.finish()) {
            return std::move(setup_);
        }
        return std::nullopt;
    }

private:
    static constexpr std::size_t account_bytes = 48; ///< the least: a digest and a salt

    std::size_t most_hosts_;
    std::optional<Setup> setup_;
    bool is_valid_ = true;
};

/// Takes only the imported hosts.
class HostImporter
{
public:
    explicit HostImporter(Ledger& ledger) noexcept : ledger_(ledger) {}

    void operator()(const ipc::ImportedHost& host) { ledger_.import(host); }
    void operator()(const auto& /*other*/) {}

private:
    Ledger& ledger_;
};

} // namespace

Setup read_setup(base::Bytes bytes)
{
    SetupParser parser{bytes.size()};
    const bool is_read = ipc::read_setup<ipc::KeeperPart>(bytes, parser);
    auto setup = parser.finish();
    if (!is_read || !setup) {
        privsep::fail("the setup is malformed");
    }
    return std::move(*setup);
}

void import_hosts(base::Bytes bytes, Ledger& ledger)
{
    HostImporter importer{ledger};
    ipc::read_setup<ipc::KeeperPart>(bytes, importer);
}

} // namespace keeper
