// Files that a person has written.
#pragma once

#include <cstddef>
#include <string>

namespace reader
{

struct FileContent {
    std::string text;
    std::string fault; ///< why it is not there as a whole; else empty
};

/// The whole content of a file, or of a pipe up to its end, where it has at most `limit` octets. `path` is
/// for the fault alone. No octet of it stays anywhere else.
FileContent read_file(int fd, const std::string& path, std::size_t limit);

} // namespace reader
