// Makes tokens: nanodnsd --new-token and --init.
#pragma once

#include <string>

namespace common
{

/// 128 random bits in 22 characters that need no escaping in a URL. The caller wipes the result.
std::string make_token();

} // namespace common
