// Reads files into memory that is wiped.
#pragma once

#include <cstddef>
#include <string>

namespace reader
{

struct FileContent {
    std::string text;
    std::string error; ///< why it could not be read; otherwise empty
};

/// Reads a file, or a pipe until its end, of at most `limit` bytes. `path` is used in the error only. No copy
/// of the content stays in other memory. Wipe the result after use if it is secret.
FileContent read_file(int fd, const std::string& path, std::size_t limit);

} // namespace reader
