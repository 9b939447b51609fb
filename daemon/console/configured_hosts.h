// The hosts of the config, as the console's setup has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "privsep/mapping.h"
#include "proto/ipc/console_setup.h"

namespace console
{

/// Reads them from the setup each time, so that they take no private memory.
class ConfiguredHosts
{
public:
    struct Cursor {
        std::size_t offset = 0;
        std::uint32_t index = 0; ///< of the host at `offset`
    };

    /// nullopt if the setup is malformed.
    static std::optional<ConfiguredHosts> read(privsep::Mapping setup);

    const ipc::ConsoleSetup& head() const noexcept { return head_; }
    Cursor begin() const noexcept { return begin_; }
    /// The host at the cursor, which moves to the next one; nullopt after the last one.
    std::optional<ipc::ConfiguredHost> next(Cursor& cursor) const;
    /// Its time is linear in the size of the setup.
    std::optional<ipc::ConfiguredHost> find(const dns::CompactName& name) const;

private:
    ConfiguredHosts() = default;
    base::Bytes record_at(std::size_t offset) const noexcept;

    privsep::Mapping setup_;
    ipc::ConsoleSetup head_;
    Cursor begin_;
};

} // namespace console
