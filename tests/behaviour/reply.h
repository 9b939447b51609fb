// A reply parsed by an independent parser, which accepts only well-formed messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/behaviour/message.h"

namespace behaviour
{

struct Record {
    ByteVector owner; ///< without compression
    std::uint16_t type = 0;
    std::uint32_t ttl = 0;
    ByteVector data; ///< names in it without compression
    bool owner_is_a_pointer = false;
    friend bool operator==(const Record&, const Record&) = default;
};

struct Opt {
    struct Option {
        std::uint16_t code = 0;
        ByteVector data;
    };
    std::uint16_t size = 0;
    std::uint8_t version = 0;
    std::uint16_t flags = 0;
    std::vector<Option> options;

    std::size_t number_of(std::uint16_t code) const;
    /// The first one.
    std::optional<ByteVector> find(std::uint16_t code) const;
};

struct Reply {
    std::uint16_t id = 0;
    std::uint16_t flags = 0; ///< with the opcode, without the rcode
    unsigned rcode = 0;      ///< twelve bits, of header and OPT record
    std::size_t size = 0;
    ByteVector question; ///< as in the message; empty if there is none
    std::vector<Record> answers;
    std::vector<Record> authorities;
    std::vector<Record> additionals; ///< without the OPT record
    std::optional<Opt> opt;

    std::optional<ByteVector> find_option(std::uint16_t code) const;
};

/// nullopt if the reply is not well formed; `error` says why: a wrong count, additional bytes, a name that is
/// malformed or points forward, data that does not fit its type, a duplicate record, an RRset with two TTLs
/// (RFC 2181 section 5.2), a class other than IN, or an OPT record that is not the last one, has an owner
/// other than the root, or has malformed options.
std::optional<Reply> read_reply(const ByteVector& message, std::string& error);

} // namespace behaviour
