// The lines of a unit in the journal of systemd.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "ctl/exit.h"
#include "proto/base/time.h"

namespace ctl
{

struct JournalEntry {
    base::UnixTime at{};
    std::string message;
    std::string program; ///< the executable that wrote it, without its folder; empty: not known
};

/// A place in the journal, which moves by one entry at a time. A test has one of its own.
class Journal
{
public:
    Journal() = default;
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    virtual ~Journal() = default;

    /// The time of the first entry that is still there, of any unit. None: there is no entry.
    virtual std::optional<base::UnixTime> begins() = 0;
    /// It is lost when the system is shut down.
    virtual bool is_volatile() = 0;

    virtual void seek_first() = 0;
    virtual void seek(base::UnixTime time) = 0;
    /// Behind the last entry: previous() is the last one, and next() what comes later.
    virtual void seek_end() = 0;
    virtual std::optional<JournalEntry> next() = 0;
    virtual std::optional<JournalEntry> previous() = 0;
    /// The entry that next() or previous() returned. After seek_to(), next() returns it again.
    virtual std::string place() = 0;
    virtual void seek_to(const std::string& place) = 0;

    /// Returns when there may be more entries. False: it cannot wait any longer.
    virtual bool wait() = 0;
    /// Why there was no entry, if that is not the end of the journal.
    virtual std::optional<Failure> failure() = 0;
};

using OpenedJournal = std::variant<std::unique_ptr<Journal>, Failure>;
/// The journal of this system, with the entries of the unit alone.
OpenedJournal open_journal(const std::string& unit);

/// Whether this program can read a journal, and ask the service manager (NANODNSD_SYSTEMD in CMakeLists.txt).
constexpr bool has_systemd = NANODNSD_SYSTEMD;

} // namespace ctl
