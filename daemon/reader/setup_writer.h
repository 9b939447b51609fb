// Writes a setup into sealed memory for a child, some records at a time.
#pragma once

#include "privsep/sealed_memory.h"
#include "proto/base/secret.h"
#include "proto/ipc/setup.h"

namespace reader
{

/// Holds a part of the setup in a buffer, which is wiped at the end.
class SetupWriter
{
public:
    explicit SetupWriter(const char* name) : memory_(name), buffer_(usual_bytes) {}

    /// Adds one record of the setup.
    template <typename Message>
    void add(const Message& message)
    {
        while (!try_add(ipc::encode_part(message, base::MutableBytes{buffer_}.subspan(used_)))) {}
    }
    privsep::UniqueFd finish() &&
    {
        flush();
        return std::move(memory_).seal();
    }

private:
    static constexpr std::size_t usual_bytes = 32768;

    /// False if the buffer has no room for the record: then it is flushed, or enlarged if it is empty.
    bool try_add(base::Bytes record)
    {
        if (!record.empty()) {
            used_ += record.size();
            return true;
        }
        if (used_ == 0) { // the record is larger than the buffer
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
