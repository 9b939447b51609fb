// The page for people at `/`: a form to look at a host, to set or to clear it, then what the keeper has of
// the host, and what to type into a router.
//
// Nothing of the request is on the page: addresses and names are printed from parsed values, and names only
// if the keeper says that the secret opens the host. A client that mistakes the field of the name for that of
// the token does not get the token back.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "proto/http/reply.h"

namespace http::page
{

/// Parts of page.html that may be left out, in the order of their names in page.cpp.
enum class Part : std::uint8_t {
    plain, ///< the warning that the connection can be read
    failed,
    done,
    known, ///< the client's address, here and below
    unknown,
    host,
    config, ///< it was never updated
    updated,
    prefix,
    challenge,
    router, ///< around one of those below
    // the kinds of routers, by the values of the form's field
    fritzbox,
    openwrt,
    opnsense,
    pfsense,
    unifi,
    draytek,
    synology,
    qnap,
    ddclient,
    curl,
    other,
};
inline constexpr Part first_router = Part::fritzbox;
inline constexpr std::size_t parts = static_cast<std::size_t>(Part::other) + 1;

/// Values on the page, in the order of their names in page.cpp.
enum class Value : std::uint8_t {
    message,
    address,
    server, ///< as the client names it, with the port
    scheme,
    name,
    a,
    aaaa,
    prefixvalue,
    change,
    texts,
    expires,
};
inline constexpr std::size_t values = static_cast<std::size_t>(Value::expires) + 1;

/// The router with this name in the form; Part::router if there is none.
Part router_of(std::string_view name) noexcept;

class Page
{
public:
    void show(Part part) noexcept { shown_.set(static_cast<std::size_t>(part)); }
    bool shows(Part part) const noexcept { return shown_[static_cast<std::size_t>(part)]; }
    void set(Value value, std::string_view text);
    /// What is wrong or was done, for people and for the log. `failed` or `done`.
    void say(Part part, std::string_view sentence);
    /// For the log: not escaped.
    const std::string& message() const noexcept { return message_; }

    /// The length of the whole page, in bytes.
    std::size_t size() const noexcept;
    /// The next text of the page, at most as long as the template; empty at its end.
    std::string_view next() noexcept { return next(place_); }

private:
    struct Place {
        std::size_t at = 0; ///< in the template
        bool is_hidden = false;
    };

    std::string_view next(Place& place) const noexcept;
    std::string_view take_mark(std::string_view name, Place& place) const noexcept;

    std::bitset<parts> shown_;
    std::array<std::string, values> values_; ///< escaped
    std::string message_;
    Place place_;
};

/// The text as content of an element or of an attribute in double quotes.
std::string escaped(std::string_view text);

/// The fields of all replies with the page, and the empty line. `bytes`: see Page::size().
std::string head(Status status, std::size_t bytes);
/// The hash of the style element for Content-Security-Policy (https://www.w3.org/TR/CSP3/).
inline constexpr std::string_view style_hash = "sha256-37yGZN3G86itLZPdOCkuFLRUxIqfyVpd+J5eoOFUJq0=";

} // namespace http::page
