#include "privsep/mapping.h"

#include <gtest/gtest.h>
#include <string>

#include "privsep/sealed_memory.h"
#include "tests/support/failure.h"
#include "tests/support/sealed.h"

namespace
{

using privsep::Mapping;

TEST(Mapping, HasAllPiecesThatWereWritten)
{
    privsep::SealedMemory memory{"test"};
    memory.append(base::as_bytes("one "));
    memory.append({});
    memory.append(base::as_bytes("two"));
    const Mapping mapping{std::move(memory).seal().get()}; // the descriptor is closed at the end of this line
    EXPECT_EQ(base::as_text(mapping.bytes()), "one two");
}

TEST(Mapping, OfEmptyMemoryIsEmpty)
{
    EXPECT_TRUE(Mapping{support::sealed({}).get()}.bytes().empty());
    EXPECT_TRUE(Mapping{}.bytes().empty());
}

TEST(Mapping, CanBeMoved)
{
    Mapping first{support::sealed(base::as_bytes("one")).get()};
    Mapping second{std::move(first)};
    EXPECT_EQ(base::as_text(second.bytes()), "one");
    second = Mapping{support::sealed(base::as_bytes("two")).get()};
    EXPECT_EQ(base::as_text(second.bytes()), "two");
    second = {};
    EXPECT_TRUE(second.bytes().empty());
}

TEST(Mapping, FailsIfTheDescriptorIsInvalid)
{
    EXPECT_EQ(support::failure_of([] { Mapping{-1}; }), "reading the setup: Bad file descriptor");
}

} // namespace
