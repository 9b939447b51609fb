// Tokens for an operator: nanodnsd --new-token and --hash-token.
#pragma once

#include <string>

namespace reader
{

/// 128 random bits in 22 characters that need no escaping in a URL. To be wiped.
std::string make_token();

/// Reads one line from `fd`, whose end does not count, and gives back the line of the config that stands for
/// it, without its end. Ends the process with a sentence where there is no such line, more than one, or one
/// that cannot be a token.
std::string hash_line(int fd);

/// Writes `text` and a line end to `fd`, and wipes it. Ends the process where it cannot.
void print_secret(int fd, std::string text);

} // namespace reader
