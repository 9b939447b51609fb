// One of the two state files, as all that the store may do with it.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "privsep/unique_fd.h"
#include "proto/base/bytes.h"

namespace keeper
{

/// Each call gives 0 or the errno of what failed; after a failure nothing is known of the file's content
/// behind what was synced before.
class StateFile
{
public:
    StateFile() = default;
    StateFile(const StateFile&) = delete;
    StateFile& operator=(const StateFile&) = delete;
    virtual ~StateFile() = default;

    /// The whole content. Only at the start: needs calls that the sandbox does not have.
    virtual int read(std::vector<std::uint8_t>& content) = 0;
    /// All of `bytes` at `offset`; behind the end, the file grows.
    virtual int write(std::uint64_t offset, base::Bytes bytes) noexcept = 0;
    /// After it, all that was written and truncated before survives a power cut.
    virtual int sync() noexcept = 0;
    virtual int truncate(std::uint64_t size) noexcept = 0;
};

/// On a descriptor that is open for reading and writing.
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
