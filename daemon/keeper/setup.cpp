#include "daemon/keeper/setup.h"

#include <algorithm>
#include <optional>

#include "privsep/fail.h"

namespace keeper
{

namespace
{

/// Takes the parts in their order: the head, then the rest.
class Reading
{
public:
    explicit Reading(std::size_t bytes) noexcept : most_hosts_(bytes / account_bytes) {}

    void operator()(const ipc::KeeperSetup& head)
    {
        is_whole_ = is_whole_ && !setup_;
        setup_.emplace(Setup{head, Hosts{head.secret}});
        setup_->hosts.reserve(std::min<std::size_t>(head.hosts, most_hosts_));
    }
    void operator()(const ipc::Account& account)
    {
        is_whole_ = is_whole_ && setup_ && static_cast<std::uint32_t>(account.index) < setup_->head.hosts &&
                    account.lifetime.count() > 0;
        if (is_whole_) {
            setup_->hosts.add(account);
        }
    }
    void operator()(const ipc::ImportedHost& /*host*/) { is_whole_ = is_whole_ && setup_; }

    std::optional<Setup> finish()
    {
        if (is_whole_ && setup_ && setup_->hosts.finish()) {
            return std::move(setup_);
        }
        return std::nullopt;
    }

private:
    static constexpr std::size_t account_bytes = 48; ///< no record of one has fewer: a digest and a salt

    std::size_t most_hosts_;
    std::optional<Setup> setup_;
    bool is_whole_ = true;
};

/// Takes the imported hosts alone.
class Importing
{
public:
    explicit Importing(Ledger& ledger) noexcept : ledger_(ledger) {}

    void operator()(const ipc::ImportedHost& host) { ledger_.import(host); }
    void operator()(const auto& /*other*/) {}

private:
    Ledger& ledger_;
};

} // namespace

Setup read_setup(base::Bytes bytes)
{
    Reading reading{bytes.size()};
    const bool is_read = ipc::read_setup<ipc::KeeperPart>(bytes, reading);
    auto setup = reading.finish();
    if (!is_read || !setup) {
        privsep::fail("the setup is malformed");
    }
    return std::move(*setup);
}

void import_hosts(base::Bytes bytes, Ledger& ledger)
{
    Importing importing{ledger};
    ipc::read_setup<ipc::KeeperPart>(bytes, importing);
}

} // namespace keeper
