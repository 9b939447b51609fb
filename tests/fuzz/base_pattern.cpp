// Properties: a text matches itself if it has no *, in any case of its letters, and a pattern of its
// beginning and its end with a * between them; every text matches *. The input is a pattern and a text, with
// a zero byte between.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "proto/base/bytes.h"
#include "proto/base/pattern.h"
#include "proto/base/text.h"

namespace
{

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input = base::as_text({data, size});
    const std::size_t end = std::min(input.find('\0'), input.size());
    const std::string_view pattern = input.substr(0, end);
    const std::string_view text = input.substr(std::min(end + 1, input.size()));
    const bool is_plain = pattern.find('*') == std::string_view::npos;
    const bool matches = base::matches(pattern, text);
    require(!is_plain || matches == base::equal_ignoring_case(pattern, text));
    require(!matches || base::matches("*" + std::string{pattern} + "*", text));
    require(base::matches("*", text));
    if (text.find('*') == std::string_view::npos) {
        const std::string_view front = text.substr(0, text.size() / 2);
        require(base::matches(std::string{front} + "*" + std::string{text.substr(front.size())}, text));
    }
    return 0;
}
