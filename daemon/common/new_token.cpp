#include "daemon/common/new_token.h"

#include <array>
#include <cstdint>

#include "privsep/random.h"
#include "proto/base/base64.h"
#include "proto/base/secret.h"

namespace common
{

std::string make_token()
{
    auto bytes = privsep::random_bytes<std::array<std::uint8_t, 16>>();
    std::string text = base::to_base64(bytes, base::Base64::url_safe);
    base::wipe(bytes);
    return text;
}

} // namespace common
