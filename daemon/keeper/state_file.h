// The interface to one of the two state files, with exactly the operations that the store needs.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

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
    explicit DescriptorFile(privsep::UniqueFd fd) noexcept : fd_(std::move(fd)) {}

    int read(std::vector<std::uint8_t>& content) override;
    int write(std::uint64_t offset, base::Bytes bytes) noexcept override;
    int sync() noexcept override;
    int truncate(std::uint64_t size) noexcept override;

private:
    privsep::UniqueFd fd_;
};

} // namespace keeper
