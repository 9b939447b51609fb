// The refused attempts at hosts, so that their owners can be told. Only those of the hosts that were refused
// last are kept, in memory.
#pragma once

#include <cstdint>
#include <optional>

#include "daemon/common/zeroed_table.h"
#include "daemon/keeper/hosts.h"
#include "proto/base/time.h"
#include "proto/ipc/origin.h"
#include "proto/ipc/update.h"

namespace keeper
{

class RefusedHosts
{
public:
    static constexpr std::uint16_t most_hosts = 1024; ///< 50 kB of memory, used as attempts are refused

    /// What was refused.
    enum class Kind : std::uint8_t {
        addresses = 1, ///< the secret did not open the host for them
        challenge = 2,
        account = 3,
        blocked = 4, ///< the secret was not checked
        private_address = 5,
        own_address = 6,
        invalid_value = 7,
    };

    /// `hosts` must outlive it and be finished.
    explicit RefusedHosts(const Hosts& hosts);

    /// Does the same work for every host and for hosts.count(), which stands for no host: it takes an entry
    /// like any other.
    void note(HostNumber host, Kind kind, const ipc::Propose& proposal, base::UnixTime now) noexcept;
    void note_success(HostNumber host) noexcept { entries_[slots_[host + 1]].since_success = 0; }
    std::optional<ipc::RefusedAttempts> find(HostNumber host) const noexcept;

private:
    /// The entries are a ring in the order of their last attempts, the newest first. Entry 0 is both ends.
    /// All zeros are an entry that is a ring of its own: links are XORed with the entry's own number.
    struct Entry {
        base::UnixTime at{};
        base::Address6 client;
        std::uint32_t host = 0; ///< its number + 1; 0: none
        std::uint32_t count = 0;
        std::uint32_t since_success = 0;
        std::uint16_t next = 0;
        std::uint16_t previous = 0;
        Kind kind{};
        ipc::Dialect dialect{};
        bool client_is_known = false;
    };
    static_assert(sizeof(Entry) <= 48);

    void move_to_front(std::uint16_t slot) noexcept;
    ipc::RefusalReason reason(HostNumber host, Kind kind) const noexcept;

    const Hosts& hosts_;
    common::ZeroedList<Entry> entries_;
    common::ZeroedList<std::uint16_t> slots_; ///< entries, by the host's number + 1; 0: none
    std::uint16_t used_ = 0;
};

} // namespace keeper
