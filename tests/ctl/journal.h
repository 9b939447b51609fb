// A journal for `log`, with the entries that the test wants.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ctl/journal.h"
#include "tests/ctl/console.h"

namespace ctl_test
{

/// What a test's journal has. It is moved into the journal.
struct JournalContent {
    std::vector<ctl::JournalEntry> entries;
    std::vector<ctl::JournalEntry> later{}; ///< one more after each wait()
    std::optional<base::UnixTime> begins = now - 30 * day;
    bool is_volatile = false;
    std::optional<std::size_t> damaged_at{}; ///< next() fails there
};

class TestJournal final : public ctl::Journal
{
public:
    explicit TestJournal(JournalContent content) : content_(std::move(content)) {}

    std::optional<base::UnixTime> begins() override { return content_.begins; }
    bool is_volatile() override { return content_.is_volatile; }
    void seek_first() override { at_ = 0; }
    void seek(base::UnixTime time) override
    {
        const auto& all = content_.entries;
        const auto found =
            std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.at >= time; });
        at_ = static_cast<std::size_t>(found - all.begin());
    }
    void seek_end() override { at_ = content_.entries.size(); }
    std::optional<ctl::JournalEntry> next() override
    {
        has_failed_ = content_.damaged_at == at_;
        if (has_failed_ || at_ == content_.entries.size()) {
            return std::nullopt;
        }
        current_ = at_++;
        return content_.entries[current_];
    }
    std::optional<ctl::JournalEntry> previous() override
    {
        if (at_ == 0) {
            return std::nullopt;
        }
        current_ = --at_;
        return content_.entries[current_];
    }
    std::string place() override { return std::to_string(current_); }
    void seek_to(const std::string& place) override { at_ = std::stoul(place); }
    bool wait() override
    {
        if (content_.later.empty()) {
            return false;
        }
        content_.entries.push_back(content_.later.front());
        content_.later.erase(content_.later.begin());
        return true;
    }
    std::optional<ctl::Failure> failure() override
    {
        return has_failed_ ? std::optional{ctl::Failure{ctl::Exit::failed, "it is damaged"}} : std::nullopt;
    }

private:
    JournalContent content_;
    std::size_t at_ = 0;
    std::size_t current_ = 0;
    bool has_failed_ = false;
};

} // namespace ctl_test
