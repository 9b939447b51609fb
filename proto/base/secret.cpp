#include "proto/base/secret.h"

#include <algorithm>
#include <cstring>

namespace base
{

void wipe(MutableBytes memory) noexcept
{
    if (!memory.empty()) { // explicit_bzero(3) must not get a null pointer, even for a size of 0
        ::explicit_bzero(memory.data(), memory.size());
    }
}

void wipe(std::string& text) noexcept
{
    text.resize(text.capacity()); // never allocates
    ::explicit_bzero(text.data(), text.size());
    text.clear();
}

std::optional<Token> Token::from(std::string_view text) noexcept
{
    if (text.empty() || text.size() > max_bytes) {
        return std::nullopt;
    }
    Token token;
    std::copy(text.begin(), text.end(), token.bytes_.begin());
    token.size_ = static_cast<std::uint8_t>(text.size());
    return token;
}

} // namespace base
