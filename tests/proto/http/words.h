// What update clients search a reply for.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "proto/base/text.h"
#include "proto/http/reply.h"

namespace http
{

/// The first word by which a client would take a reply for a success; empty if there is none.
inline std::string word_of_success(std::string_view reply)
{
    const std::string lower = base::to_lower(reply);
    for (const char* word : {"ok", "good", "true", "success", "nochg", "updated", "unchanged"}) {
        if (lower.find(word) != std::string::npos) {
            return word;
        }
    }
    return "";
}

/// All that are errors.
inline constexpr std::array error_statuses{
    Status::bad_request,       Status::unauthorized,       Status::forbidden,
    Status::not_found,         Status::method_not_allowed, Status::length_required,
    Status::content_too_large, Status::uri_too_long,       Status::fields_too_large,
    Status::not_implemented,   Status::unavailable,        Status::version_not_supported,
};

} // namespace http
