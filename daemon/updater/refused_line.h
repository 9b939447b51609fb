// The log lines of requests. A request that is refused without asking the keeper may have a token at any
// place: of its path and its host name only what does not look like one is logged, and of the rest nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proto/base/address.h"
#include "proto/dns/name.h"
#include "proto/http/dialect.h"

namespace updater
{

/// The part of a path that does not look like a token: the first segment if it is shorter than 16 bytes, and
/// then those that are usual in the paths of update protocols. "..." stands for the rest.
std::string shown_path(std::string_view path);

/// The part of a host name that does not look like a token. Empty if it has no dot: then it may be one.
std::string shown_host(std::string_view host);
std::string shown_host(const dns::Name& host);

/// "ADDRESS: request for PATH of HOST: STATUS REASON", in one line. `path`: none if the request line is
/// invalid; may be empty.
std::string refused_line(const base::Address& client, std::optional<std::string_view> path,
                         const http::Refused& refused);

/// "ADDRESS: update of HOST: STATUS BODY", or "look at HOST". Of several hosts it has the first one and the
/// number of the others.
std::string settled_line(const http::Update& update, const ipc::Settled& settled, const http::Reply& reply);

} // namespace updater
