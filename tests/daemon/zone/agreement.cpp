// The zone's answers agree with those of a slow model, for random zones whose names appear and vanish.
#include "tests/daemon/zone/twins.h"

#include <gtest/gtest.h>

#include <ostream>
#include <random>

namespace model
{

// GoogleTest finds it by this name
static void PrintTo(const Reply& reply, std::ostream* out) // NOLINT(readability-identifier-naming)
{
    *out << "rcode " << reply.rcode << (reply.is_authoritative ? " aa" : "");
    for (const auto* const section : {&reply.answers, &reply.authorities, &reply.additionals}) {
        *out << "\n--";
        for (const std::string& line : *section) {
            *out << "\n  " << line;
        }
    }
    *out << '\n';
}

} // namespace model

namespace
{

constexpr unsigned zones = 150;
constexpr unsigned changes = 12;
constexpr unsigned questions = 40; // after each change

struct RandomDice {
    std::mt19937 numbers;
    unsigned operator()(std::size_t below) { return static_cast<unsigned>(numbers() % below); }
};

TEST(ZoneModel, AgreesAfterEachChangeOfARandomZone)
{
    for (unsigned seed = 0; seed < zones; ++seed) {
        model::Twins twins{RandomDice{std::mt19937{seed}}};
        ASSERT_TRUE(twins.is_valid()) << "seed " << seed;
        for (unsigned i = 0; i < changes * questions; ++i) {
            if (i % questions == 0) {
                ASSERT_TRUE(twins.change()) << "seed " << seed;
            }
            const dns::Name name = twins.some_name();
            const dns::Type type = twins.some_type();
            ASSERT_EQ(twins.ours(name, type), twins.expected(name, type))
                << "seed " << seed << ", question " << i << ": " << name.to_text() << ' '
                << static_cast<unsigned>(type);
        }
    }
}

} // namespace
