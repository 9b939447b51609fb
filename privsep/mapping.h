// A memfd mapped into memory: its content is not copied, so no copy must be wiped.
#pragma once

#include <utility>

#include "proto/base/bytes.h"

namespace privsep
{

/// The whole content of a sealed memfd, read-only. The destructor unmaps it.
class Mapping
{
public:
    Mapping() = default;
    /// The descriptor may be closed afterwards. Exits with an error if it cannot be mapped.
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
