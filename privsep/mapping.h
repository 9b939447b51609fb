// What a memfd says, where it lies: mapped, so that nothing is copied and nothing need be wiped afterwards.
#pragma once

#include <utility>

#include "proto/base/bytes.h"

namespace privsep
{

/// The whole content of a sealed memfd, read-only. What was mapped is gone from this process with its owner.
class Mapping
{
public:
    Mapping() = default;
    /// Ends the process where it cannot be read. The descriptor may be closed afterwards.
    explicit Mapping(int fd);
    ~Mapping() { unmap(); }
    Mapping(Mapping&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
    Mapping& operator=(Mapping&& other) noexcept
    {
        if (this != &other) {
            unmap();
            bytes_ = std::exchange(other.bytes_, {});
        }
        return *this;
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;

    base::Bytes bytes() const noexcept { return bytes_; }

private:
    void unmap() noexcept;

    base::Bytes bytes_;
};

} // namespace privsep
