// All of the state, for a snapshot: only what was committed.
#pragma once

#include <cstddef>
#include <optional>

#include "proto/journal/commit.h"

namespace keeper
{

class StateSource
{
public:
    StateSource() = default;
    StateSource(const StateSource&) = delete;
    StateSource& operator=(const StateSource&) = delete;
    virtual ~StateSource() = default;
    virtual journal::CommitHead head() const = 0;
    virtual journal::ZoneEntry zone() const = 0;
    /// Nothing where none is stored yet.
    virtual std::optional<base::FixedPoint> fixed_point() const = 0;
    /// How many hosts there are to ask about; it never changes.
    virtual std::size_t hosts() const = 0;
    /// False where host number `index`, below hosts(), has nothing to store.
    virtual bool host(std::size_t index, journal::HostEntry& entry) const = 0;
};

} // namespace keeper
