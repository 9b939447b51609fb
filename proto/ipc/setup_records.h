// The records of a setup, each after its length in four bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>
#include <variant>

#include "proto/ipc/codec.h"

namespace ipc
{

/// Writes the record of a message, after its length, to `room`; empty if it does not fit.
template <typename Message>
Bytes encode_part(const Message& message, MutableBytes room)
{
    constexpr std::size_t length_bytes = 4;
    base::Writer out{room};
    out.skip(length_bytes);
    write_record(message, out);
    if (!out.ok()) {
        return {};
    }
    base::store(out.at(0), static_cast<std::uint32_t>(out.size() - length_bytes));
    return out.written();
}

/// Appends the record of a part, or of one kind of it. For secrets, pass a vector that wipes its memory.
template <typename Message, typename ByteVector>
void append_record(ByteVector& setup, const Message& message)
{
    const std::size_t start = setup.size();
    Bytes record;
    constexpr std::size_t usual = 1024; // bytes
    for (std::size_t room = usual; record.empty(); room *= 2) {
        setup.resize(start + room);
        record = encode_part(message, MutableBytes{setup}.subspan(start));
    }
    setup.resize(start + record.size());
}

/// Reads records of the kinds that a setup may have. It has one message of each kind, so that records of the
/// same kind use the same memory.
template <typename Part>
class PartReader;

template <typename... Kinds>
class PartReader<std::variant<Kinds...>>
{
public:
    /// Calls `take` with the record's message; false if the record is malformed.
    template <typename Take>
    bool read(Bytes record, Take& take)
    {
        base::Reader in{record};
        const std::uint8_t tag = in.u8();
        return in.ok() && ((tag == Kinds::tag && read(in, std::get<Kinds>(messages_), take)) || ...);
    }

private:
    template <typename Message, typename Take>
    static bool read(base::Reader& in, Message& message, Take& take)
    {
        Decoder{in}(message);
        if (!in.finished()) {
            return false;
        }
        take(std::as_const(message));
        return true;
    }

    std::tuple<Kinds...> messages_;
};

/// Calls `take` with each message in order, valid until `take` returns. False if the setup is malformed.
template <typename Part, typename Take>
bool read_setup(Bytes setup, Take&& take)
{
    base::Reader in{setup};
    PartReader<Part> reader;
    while (in.left() != 0) {
        const Bytes record = in.take(in.u32());
        if (!in.ok() || !reader.read(record, take)) {
            return false;
        }
    }
    return in.finished();
}

} // namespace ipc
