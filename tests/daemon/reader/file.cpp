#include "daemon/reader/file.h"

#include <array>
#include <fcntl.h>
#include <future>
#include <gtest/gtest.h>
#include <unistd.h>

#include "privsep/unique_fd.h"

namespace
{

using privsep::UniqueFd;

UniqueFd file_of(std::size_t bytes)
{
    std::string path = testing::TempDir() + "file.XXXXXX";
    UniqueFd file{::mkstemp(path.data())};
    ::unlink(path.c_str());
    const std::string text(bytes, 'x');
    EXPECT_EQ(::write(file.get(), text.data(), bytes),
              static_cast<ssize_t>(bytes)); // the position is at its end now
    return file;
}

TEST(File, IsReadWholeUpToALimit)
{
    EXPECT_EQ(reader::read_file(file_of(200000).get(), "f", 200000).text.size(), 200000U);
    EXPECT_EQ(reader::read_file(file_of(0).get(), "f", 10).text, "");
    const auto [text, error] = reader::read_file(file_of(200000).get(), "f", 199999);
    EXPECT_EQ(text, "");
    EXPECT_EQ(error, "f is longer than 199999 bytes");
}

// as with nanodnsd -c <(...)
TEST(File, IsReadFromAPipeToItsEnd)
{
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const UniqueFd out{ends[0]};
    UniqueFd in{ends[1]};
    ASSERT_EQ(::write(in.get(), "[server]", 8), 8);
    in.reset();
    EXPECT_EQ(reader::read_file(out.get(), "f", 100).text, "[server]");
}

// as in a reload, before anything was written to it
TEST(File, IsReadFromANonBlockingPipeThatHasNoDataYet)
{
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    const UniqueFd out{ends[0]};
    UniqueFd in{ends[1]};
    auto text =
        std::async(std::launch::async, [&out] { return reader::read_file(out.get(), "f", 100).text; });
    ASSERT_EQ(::write(in.get(), "[server]", 8), 8);
    in.reset();
    EXPECT_EQ(text.get(), "[server]");
}

TEST(File, ThatCannotBeReadGivesTheReason)
{
    const UniqueFd folder{::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    EXPECT_EQ(reader::read_file(folder.get(), "/", 100).error, "cannot read /: Is a directory");
}

} // namespace
