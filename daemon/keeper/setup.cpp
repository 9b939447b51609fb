#include "daemon/keeper/setup.h"

#include <optional>
#include <stdexcept>

namespace keeper
{

namespace
{

/// Takes the parts in their order: the head, then the rest.
class Reading
{
public:
    void take(const ipc::KeeperSetup& head)
    {
        is_whole_ = is_whole_ && !setup_;
        setup_.emplace(Setup{head, Hosts{head.secret}});
    }
    void take(const ipc::Account& account)
    {
        is_whole_ = is_whole_ && setup_ && static_cast<std::uint32_t>(account.index) < setup_->head.hosts &&
                    account.lifetime.count() > 0;
        if (is_whole_) {
            setup_->hosts.add(account);
        }
    }
    void take(const ipc::ImportedHost& /*host*/) { is_whole_ = is_whole_ && setup_; }

    std::optional<Setup> finish()
    {
        if (is_whole_ && setup_ && setup_->hosts.finish()) {
            return std::move(setup_);
        }
        return std::nullopt;
    }

private:
    std::optional<Setup> setup_;
    bool is_whole_ = true;
};

} // namespace

Setup read_setup(base::Bytes octets)
{
    Reading reading;
    const bool is_read = ipc::read_setup<ipc::KeeperPart>(octets, [&](const ipc::KeeperPart& part) {
        std::visit([&](const auto& p) { reading.take(p); }, part);
    });
    auto setup = reading.finish();
    if (!is_read || !setup) {
        throw std::runtime_error{"the setup is malformed"};
    }
    return std::move(*setup);
}

void import_hosts(base::Bytes octets, Ledger& ledger)
{
    ipc::read_setup<ipc::KeeperPart>(octets, [&](const ipc::KeeperPart& part) {
        if (const auto* host = std::get_if<ipc::ImportedHost>(&part)) {
            ledger.import(*host);
        }
    });
}

} // namespace keeper
