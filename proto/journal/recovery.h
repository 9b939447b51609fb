// Recovery of the state from its two files: which one is live, its contents, and where it is torn or damaged.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "proto/base/bytes.h"
#include "proto/base/time.h"
#include "proto/journal/commit.h"

namespace journal
{

enum class Found : std::uint8_t {
    fresh = 1,   ///< no state was ever stored: both files are empty, or their first snapshot is incomplete
    state = 2,   ///< a valid state; bytes after `good_end` were never acknowledged
    damaged = 3, ///< file `live` has the error `error` at `error_at`: do not serve or overwrite it
    newer = 4,   ///< file `live` was written by a later release, in format `format`
    lost = 5, ///< neither file has a header, and one has only zeros, as after a power cut: there is nothing
              ///< to preserve
};

struct Recovery {
    Found found = Found::fresh;
    unsigned live = 0;              ///< the live file, 0 or 1; with an error, the invalid one
    std::uint64_t generation = 0;   ///< of the live file
    std::uint64_t snapshot_end = 0; ///< of the live file
    std::uint64_t last_frame = 0;   ///< of the live file: offset of the last valid frame
    std::uint64_t good_end = 0;     ///< of the live file: offset of the end of that frame
    std::uint64_t torn_bytes = 0;   ///< after good_end
    std::uint32_t serial = 0;
    base::UnixTime stamp{}; ///< the latest; a clock that shows an earlier time is wrong
    std::uint64_t error_at = 0;
    const char* error = "";
    std::uint32_t format = 0;              ///< of the live file
    std::array<std::uint64_t, 2> zeroed{}; ///< with Found::lost: the length of each file that has only zeros
};

/// `first` and `second`: the contents of both files. `sink` receives every entry of the live one, in order;
/// after an error it may have received some of them.
Recovery recover(Bytes first, Bytes second, Sink& sink);

/// A sentence about an error or a loss: the file, the offset, the error, and what to do. `state`: the path of
/// the state files without the suffixes ".0" and ".1".
std::string describe_error(const Recovery& recovery, std::string_view state = "STATE");

} // namespace journal
