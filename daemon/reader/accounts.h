// Creates accounts of acme-dns clients: nanodnsd --acme-json.
#pragma once

#include <string>
#include <string_view>

namespace reader
{

/// An account, and the line of the config that accepts its key. The caller wipes the JSON.
struct NewAccount {
    std::string json;      ///< one line, without its end
    std::string acme_hash; ///< the same
};

/// `name`: of the host, with the domain. Without a URL the JSON is that of a registration at acme-dns; with
/// one it is the file in which its clients keep their accounts. The key has 240 random bits. Ends the process
/// with a message if the name or the URL is invalid.
NewAccount make_account(std::string_view name, std::string_view url);

/// Writes the JSON to the standard output and the line of the config to the standard error.
void print_account(std::string_view name, std::string_view url);

} // namespace reader
