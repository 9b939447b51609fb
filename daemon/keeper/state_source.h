// The whole committed state, as the source of a snapshot.
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
    /// nullopt if none is stored yet.
    virtual std::optional<base::FixedPoint> fixed_point() const = 0;
    /// The number of hosts, which never changes.
    virtual std::size_t hosts() const = 0;
    /// False if host number `index`, below hosts(), has nothing to store.
    virtual bool host(std::size_t index, journal::HostEntry& entry) const = 0;
    /// False if that host has no challenge.
    virtual bool challenge(std::size_t index, journal::ChallengeEntry& entry) const = 0;
};

} // namespace keeper
