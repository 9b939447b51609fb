// Property: whatever names a zone has and however they appear and vanish, its answers are those of a slow
// model. The input chooses the hosts, the changes and the questions.
#include "tests/daemon/zone/twins.h"
#include "tests/fuzz/dns_reply.h"

namespace
{

/// After the last byte of the input, always 0.
struct InputDice {
    base::Bytes input;
    unsigned operator()(std::size_t below)
    {
        if (input.empty()) {
            return 0;
        }
        const unsigned number = input[0] % static_cast<unsigned>(below);
        input = input.subspan(1);
        return number;
    }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr unsigned changes = 8;
    constexpr unsigned questions = 4; // after each change
    model::Twins twins{InputDice{{data, size}}};
    fuzz::require(twins.is_valid());
    for (unsigned i = 0; i < changes * questions; ++i) {
        fuzz::require(i % questions != 0 || twins.change());
        const dns::Name name = twins.some_name();
        const dns::Type type = twins.some_type();
        fuzz::require(twins.ours(name, type) == twins.expected(name, type));
    }
    return 0;
}
