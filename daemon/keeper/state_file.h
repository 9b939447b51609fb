// The interface to one of the two state files, with exactly the operations that the store needs.
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "daemon/common/counters.h"
#include "privsep/unique_fd.h"
#include "proto/base/bytes.h"

namespace keeper
{

/// Each call returns 0 or the errno. After a failure, the content after the last sync is not known.
class StateFile
{
public:
    StateFile() = default;
    StateFile(const StateFile&) = delete;
    StateFile& operator=(const StateFile&) = delete;
    virtual ~StateFile() = default;

    /// Reads the whole content. Only before the sandbox is entered, which does not allow the calls.
    virtual int read(std::vector<std::uint8_t>& content) = 0;
    /// Writes all of `bytes` at `offset`; the file grows if needed.
    virtual int write(std::uint64_t offset, base::Bytes bytes) noexcept = 0;
    /// Afterwards everything that was written and truncated before survives a power cut.
    virtual int sync() noexcept = 0;
    virtual int truncate(std::uint64_t size) noexcept = 0;
};

/// A state file on a descriptor that is open for reading and writing.
class DescriptorFile : public StateFile
{
public:
    /// `tally`, which may be nullptr, must outlive it.
    explicit DescriptorFile(privsep::UniqueFd fd, common::Tally<common::OfKeeper>* tally = nullptr) noexcept
        : fd_(std::move(fd)), tally_(tally)
    {
    }

    int read(std::vector<std::uint8_t>& content) override;
    int write(std::uint64_t offset, base::Bytes bytes) noexcept override;
    int sync() noexcept override;
    int truncate(std::uint64_t size) noexcept override;

private:
    privsep::UniqueFd fd_;
    common::Tally<common::OfKeeper>* tally_;
};

/// A sync of the state that took so long. One that failed counts as longer than all bounds.
void count_sync(common::Tally<common::OfKeeper>& tally, std::chrono::microseconds took,
                bool is_done) noexcept;

} // namespace keeper
