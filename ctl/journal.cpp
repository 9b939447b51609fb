#include "ctl/journal.h"

#if NANODNSD_SYSTEMD
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "ctl/connection.h"
#include "proto/base/text.h"
#endif

namespace ctl
{

#if NANODNSD_SYSTEMD

namespace
{

constexpr std::uint64_t per_second = 1'000'000;

base::UnixTime time_of(std::uint64_t microseconds)
{
    return base::UnixTime{base::Seconds{microseconds / per_second}};
}

struct Close {
    void operator()(sd_journal* journal) const noexcept { ::sd_journal_close(journal); }
};

class SystemJournal final : public Journal
{
public:
    explicit SystemJournal(sd_journal* journal) : journal_(journal) {}

    std::optional<base::UnixTime> begins() override
    {
        std::uint64_t first = 0;
        const int outcome = ::sd_journal_get_cutoff_realtime_usec(journal_.get(), &first, nullptr);
        return outcome > 0 ? std::optional{time_of(first)} : std::nullopt;
    }
    bool is_volatile() override { return ::sd_journal_has_persistent_files(journal_.get()) == 0; }

    void seek_first() override { check(::sd_journal_seek_head(journal_.get())); }
    void seek(base::UnixTime time) override
    {
        const auto seconds =
            static_cast<std::uint64_t>(std::max<std::int64_t>(time.time_since_epoch().count(), 0));
        check(::sd_journal_seek_realtime_usec(journal_.get(), seconds * per_second));
    }
    /// The library knows no place behind the last entry: one that comes before previous() is called would be
    /// left out.
    void seek_end() override
    {
        check(::sd_journal_seek_tail(journal_.get()));
        is_at_end_ = true;
    }
    std::optional<JournalEntry> next() override
    {
        if (is_at_end_ && !previous()) {
            seek_first(); // it was empty
        }
        is_at_end_ = false;
        return entry(::sd_journal_next(journal_.get()));
    }
    std::optional<JournalEntry> previous() override
    {
        is_at_end_ = false;
        return entry(::sd_journal_previous(journal_.get()));
    }

    std::string place() override
    {
        char* cursor = nullptr;
        check(::sd_journal_get_cursor(journal_.get(), &cursor));
        std::string place = cursor == nullptr ? "" : cursor;
        std::free(cursor);
        return place;
    }
    void seek_to(const std::string& place) override
    {
        is_at_end_ = false;
        check(::sd_journal_seek_cursor(journal_.get(), place.c_str()));
    }

    bool wait() override
    {
        constexpr auto forever = static_cast<std::uint64_t>(-1);
        return check(::sd_journal_wait(journal_.get(), forever));
    }
    std::optional<Failure> failure() override
    {
        if (error_ == 0) {
            return std::nullopt;
        }
        return Failure{Exit::failed,
                       base::filled("cannot read the journal: {}; journalctl --verify checks it",
                                    {std::strerror(error_)})};
    }

private:
    bool check(int outcome)
    {
        error_ = outcome < 0 ? -outcome : error_;
        return outcome >= 0;
    }
    std::optional<JournalEntry> entry(int outcome)
    {
        if (!check(outcome) || outcome == 0) {
            return std::nullopt;
        }
        std::uint64_t time = 0;
        check(::sd_journal_get_realtime_usec(journal_.get(), &time));
        const std::string path = field("_EXE"); // from the kernel, while the process lived
        return JournalEntry{time_of(time), field("MESSAGE"), path.substr(path.rfind('/') + 1)};
    }
    /// Empty if the entry has no such field, or if it is damaged.
    std::string field(const char* name)
    {
        const void* data = nullptr;
        std::size_t size = 0;
        if (::sd_journal_get_data(journal_.get(), name, &data, &size) < 0) {
            return "";
        }
        const std::size_t prefix = std::strlen(name) + 1;
        return std::string{static_cast<const char*>(data), size}.substr(prefix);
    }

    std::unique_ptr<sd_journal, Close> journal_;
    bool is_at_end_ = false;
    int error_ = 0;
};

enum class Found { none, closed, readable };

/// The library leaves out files that may not be read, without a word.
Found look_for_files()
{
    sd_id128_t machine{};
    if (::sd_id128_get_machine(&machine) < 0) {
        return Found::none;
    }
    std::array<char, SD_ID128_STRING_MAX> id{};
    ::sd_id128_to_string(machine, id.data());
    Found found = Found::none;
    for (const char* const folder : {"/var/log/journal/", "/run/log/journal/"}) {
        const std::string file = std::string{folder} + id.data() + "/system.journal";
        if (::faccessat(AT_FDCWD, file.c_str(), R_OK, AT_EACCESS) == 0) {
            return Found::readable;
        }
        found = errno == EACCES ? Found::closed : found;
    }
    return found;
}

Failure no_permission()
{
    return {Exit::no_permission,
            base::filled("no permission to read the journal: {}", {how_to_join("systemd-journal")})};
}

} // namespace

OpenedJournal open_journal(const std::string& unit)
{
    const Found files = look_for_files();
    if (files == Found::closed) {
        return no_permission();
    }
    sd_journal* opened = nullptr;
    int outcome = ::sd_journal_open(&opened, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);
    auto journal = std::make_unique<SystemJournal>(opened);
    const std::string match = "_SYSTEMD_UNIT=" + unit;
    outcome = outcome < 0 ? outcome : ::sd_journal_add_match(opened, match.c_str(), match.size());
    if (outcome < 0) {
        return Failure{Exit::failed, base::filled("cannot open the journal: {}", {std::strerror(-outcome)})};
    }
    if (files == Found::none && !journal->begins()) {
        return Failure{Exit::failed, "there is no journal on this system: see systemd-journald(8), and "
                                     "Storage= in journald.conf(5)"};
    }
    return journal;
}

#else

OpenedJournal open_journal(const std::string& /*unit*/)
{
    return Failure{Exit::failed, "this nanodnsctl was built without systemd (NANODNSD_SYSTEMD=OFF), so it "
                                 "cannot read a journal"};
}

#endif

} // namespace ctl
