// The hops of a forwarded request: X-Forwarded-For, and Forwarded (RFC 7239).
//
// They are read from the right, where the nearest proxy adds its own. What a client wrote on the left can
// spoil nothing there: neither a quotation mark nor a line that it leaves open.
#pragma once

#include <optional>
#include <string_view>

#include "proto/base/address.h"
#include "proto/http/request.h"
#include "proto/ipc/setup.h"

namespace http
{

/// The elements of all lines of the field, the last one first. Empty elements are left out (RFC 9110 section
/// 5.6.1.2).
class Hops
{
public:
    /// `header`: of a Request, which must outlive this.
    Hops(std::string_view header, ipc::ProxyHeader field) noexcept;

    /// None after the first element of the first line.
    std::optional<std::string_view> previous() noexcept;
    /// The field is there, maybe without any element. Known after the first call of previous().
    bool is_there() const noexcept { return line_.has_value(); }

private:
    FieldLines lines_;
    std::optional<std::string_view> line_; ///< what is left of the line
};

/// The address in an element, without port and brackets; in `Forwarded`, that of its parameter `for` (RFC
/// 7239 section 6). None if it is "unknown", an identifier or malformed.
std::optional<base::Address> address_of_hop(std::string_view element, ipc::ProxyHeader field);

} // namespace http
