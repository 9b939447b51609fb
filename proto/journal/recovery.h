// What two state files say together: which one counts, what it holds, and where it was torn or damaged.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "proto/base/bytes.h"
#include "proto/base/time.h"
#include "proto/journal/commit.h"

namespace journal
{

enum class Found : std::uint8_t {
    fresh = 1,   ///< nothing was ever stored: both files are empty or were only begun
    state = 2,   ///< a state; what follows `good_end` in the file was never acknowledged
    damaged = 3, ///< at `live` and `error_at`, `error` says what; nothing may be served or overwritten
    newer = 4,   ///< `live` was written by a later release, in format `format`
    lost = 5,    ///< none has a header, and one has zeros in its place and behind it, as after a power cut:
                 ///< there is nothing to keep
};

struct Recovery {
    Found found = Found::fresh;
    unsigned live = 0;              ///< the file that counts, 0 or 1; with an error, the invalid one
    std::uint64_t generation = 0;   ///< of the live file
    std::uint64_t snapshot_end = 0; ///< of the live file
    std::uint64_t last_frame = 0;   ///< of the live file: where the last one that counts begins
    std::uint64_t good_end = 0;     ///< of the live file
    std::uint64_t torn_bytes = 0;   ///< behind good_end
    std::uint32_t serial = 0;
    base::UnixTime stamp{}; ///< the newest: no clock may be behind it
    std::uint64_t error_at = 0;
    const char* error = "";
    std::uint32_t format = 0;              ///< of the live file
    std::array<std::uint64_t, 2> zeroed{}; ///< with Found::lost: the length of each file that is so
};

/// The contents of both files; `sink` hears every entry of the one that counts, in order. With an error it
/// may have heard some of them.
Recovery recover(Bytes first, Bytes second, Sink& sink);

/// One sentence on an error or a loss: the file, the offset, what is wrong, what to do.
std::string describe_error(const Recovery& recovery);

} // namespace journal
