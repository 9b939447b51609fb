// Hashes and prints tokens: nanodnsd --hash-token and --new-token.
#pragma once

#include <string>

namespace reader
{

/// Reads one line with a token from `fd` and returns the corresponding token_hash= line of the config,
/// without a line end. Ends the process with a message if there is no line, more than one, or an invalid
/// token.
std::string hash_line(int fd);

/// Writes `text` and a line end to `fd`, and wipes it. Ends the process if that fails.
void print_secret(int fd, std::string text);

} // namespace reader
