// Writes a file that does not exist yet: whole or not at all.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace init
{

/// Why a new file cannot be written at `path`, in a sentence that says what to do; empty if it probably can.
std::string why_no_new_file(const std::string& path);

struct Access {
    std::optional<gid_t> group; ///< empty: that of this process
    mode_t mode = 0600;
};

/// Writes a file with another name in the same folder, syncs it and links it to `path`, so `path` never has a
/// part of the content, and another file is never replaced. Signals that end the process wait meanwhile.
/// Returns why it failed, and an empty text otherwise. After a failure there is no new file.
std::string write_new_file(const std::string& path, std::string_view content, const Access& access);

} // namespace init
