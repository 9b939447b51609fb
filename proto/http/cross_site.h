// Requests that another site makes a browser send, with the credentials that the browser has for this server.
#pragma once

#include "proto/http/request.h"

namespace http
{

/// True if Sec-Fetch-Site is there and neither `same-origin` nor `none`
/// (https://www.w3.org/TR/fetch-metadata/), or if it is missing and Origin or Referer has another host or
/// port than Host. If Host has no port, the default of the scheme in Origin or Referer counts. Such a request
/// must change nothing. Clients that are no browsers send none of these three fields.
bool is_cross_site(const Request& request) noexcept;

} // namespace http
