// Checks of the section of one host: keys that exclude each other, and keys that have no effect.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "proto/config/config.h"
#include "proto/config/errors.h"
#include "proto/config/options.h"
#include "proto/config/warnings.h"

namespace config
{

/// The first positions of the keys in the section of a host.
class SectionKeys
{
public:
    /// `first`: by the index of the option; older ones are those of other sections.
    SectionKeys(std::span<const Position> first, Position section) noexcept : first_(first), section_(section)
    {
    }
    /// Line 0 if the section does not have the key.
    Position at(std::string_view key) const noexcept;
    Position at(const Option& key) const noexcept;

private:
    std::span<const Position> first_;
    Position section_;
};

/// Reports what is wrong within the section, whatever the others are.
void check_section(const Host& host, const SectionKeys& keys, Errors& errors);

/// Keys without an effect if no token opens the host. A group that is read later may have one.
class IdleKeys
{
public:
    IdleKeys() noexcept;

    /// Notes those of the host with this number.
    void note(const Host& host, std::uint32_t number, const SectionKeys& keys);
    void warn(const std::vector<Host>& hosts, Warnings& warnings) const;

private:
    struct Noted {
        std::uint32_t host = 0;
        const Option* key = nullptr;
        Position at;
    };
    static constexpr std::size_t count = 8;

    std::array<const Option*, count> keys_{};
    std::vector<Noted> noted_;
};

} // namespace config
