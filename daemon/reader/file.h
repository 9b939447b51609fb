// Files that a person has written.
#pragma once

#include <cstddef>
#include <string>

namespace reader
{

struct FileContent {
    std::string text;
    std::string error; ///< why it is not there as a whole; else empty
};

/// The whole content of a file, or of a pipe up to its end, where it has at most `limit` bytes. `path` is
/// for the error alone. No byte of it stays anywhere else.
FileContent read_file(int fd, const std::string& path, std::size_t limit);

} // namespace reader
