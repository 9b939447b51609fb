// What the dialects with parameters share: reading the form, the hosts, and the value of a challenge.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proto/base/secret.h"
#include "proto/http/credentials.h"
#include "proto/http/dialect.h"
#include "proto/http/family.h"
#include "proto/http/query.h"
#include "proto/http/request.h"
#include "proto/http/sentences.h"

namespace http
{

/// A host that is named several times has as many lines in a reply. More names than these are too many hosts.
inline constexpr std::size_t max_names_of_request = 100;

/// Parameters with a prefix.
inline constexpr auto prefix_names =
    std::to_array<std::string_view>({"ip6lanprefix", "ipv6prefix", "ip6prefix"});

/// Adds the parameters of the query and, for a POST, of the body. Returns what is wrong. If the Content-Type
/// is not that of a form, the body is ignored, but refused if there is no query.
Sentence collect(const Request& request, Parameters& parameters);

/// Text for sentences: none shows a secret.
std::string_view text_of(const Secret& secret) noexcept;

/// Adds the hosts of a list to the proposal, each once, and a line for each name. Returns the first problem.
/// An invalid name is a line with a sentence, and no host.
std::optional<Problem> read_hosts(std::string_view list, std::string_view secret, Update& update);

/// Reads `txt`, and `clear`. An empty `txt` removes all values; `clear=true` with a value removes that value.
std::optional<Problem> read_challenge(const Parameters& parameters, Update& update);

/// Calls read_prefix() with each parameter that has a prefix.
void read_prefixes(const Parameters& parameters, AddressReader& addresses);

/// Completes the addresses. A proposal with a challenge touches nothing else, unless the request names an
/// address or a prefix.
std::optional<Problem> finish(AddressReader& addresses, ipc::Propose& proposal);

/// Refused with the sentence of the problem; its value does not show the secret.
Refused refused(const Dialect& dialect, Fault fault, const Problem& problem, std::string_view secret);
/// The same for a secret that no host can have.
Refused refused_secret(const Dialect& dialect);

/// What is wrong with the addresses of an outcome `unsuitable`.
std::string text_of(const ipc::HostOutcome& outcome, const ipc::Propose& proposal);

bool has_verdict(const ipc::Settled& settled, ipc::Verdict verdict) noexcept;

} // namespace http
