// A setup on its way into a child's sealed memory, some records at a time.
#pragma once

#include "privsep/sealed_memory.h"
#include "proto/base/secret.h"
#include "proto/ipc/setup.h"

namespace supervisor
{

/// Has never more of a setup than its buffer, which is wiped when it goes.
class SetupWriter
{
public:
    explicit SetupWriter(const char* name) : memory_(name), buffer_(usual_octets) {}

    /// A message of a setup.
    template <typename Message>
    void add(const Message& message)
    {
        base::Bytes record = encode(message);
        if (record.empty()) {
            flush();
            record = encode(message);
        }
        while (record.empty()) { // one that is larger than any other
            buffer_ = base::WipedOctets(2 * buffer_.size());
            record = encode(message);
        }
        used_ += record.size();
    }
    privsep::UniqueFd finish() &&
    {
        flush();
        return std::move(memory_).seal();
    }

private:
    static constexpr std::size_t usual_octets = 32768;

    template <typename Message>
    base::Bytes encode(const Message& message)
    {
        return ipc::encode_part(message, base::MutableBytes{buffer_}.subspan(used_));
    }
    void flush()
    {
        memory_.append(base::Bytes{buffer_}.first(used_));
        used_ = 0;
    }

    privsep::SealedMemory memory_;
    base::WipedOctets buffer_;
    std::size_t used_ = 0;
};

} // namespace supervisor
