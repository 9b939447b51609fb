// A setup on its way into a child's sealed memory, some records at a time.
#pragma once

#include "privsep/sealed_memory.h"
#include "proto/base/secret.h"
#include "proto/ipc/setup.h"

namespace reader
{

/// Has never more of a setup than its buffer, which is wiped when it goes.
class SetupWriter
{
public:
    explicit SetupWriter(const char* name) : memory_(name), buffer_(usual_bytes) {}

    /// A message of a setup.
    template <typename Message>
    void add(const Message& message)
    {
        while (!took(ipc::encode_part(message, base::MutableBytes{buffer_}.subspan(used_)))) {}
    }
    privsep::UniqueFd finish() &&
    {
        flush();
        return std::move(memory_).seal();
    }

private:
    static constexpr std::size_t usual_bytes = 32768;

    /// False where the buffer had no room for the record, which it has now, or has sooner or later.
    bool took(base::Bytes record)
    {
        if (!record.empty()) {
            used_ += record.size();
            return true;
        }
        if (used_ == 0) { // one that is larger than any other
            buffer_ = base::WipedBytes(2 * buffer_.size());
        }
        flush();
        return false;
    }
    void flush()
    {
        memory_.append(base::Bytes{buffer_}.first(used_));
        used_ = 0;
    }

    privsep::SealedMemory memory_;
    base::WipedBytes buffer_;
    std::size_t used_ = 0;
};

} // namespace reader
