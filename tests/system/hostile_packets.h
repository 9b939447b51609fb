// Messages of every kind that gets an error or no reply, and random variations of them, for the zone
// dyn.example.org. The rows are those of tests/behaviour/rows.txt.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace hostile
{

/// RFC 1035 section 4.1.1; the id is 0x1234.
struct Counts {
    std::uint16_t questions = 1;
    std::uint16_t answers = 0;
    std::uint16_t authorities = 0;
    std::uint16_t additionals = 0;
};
std::string header(std::uint16_t flags = 0x0100, Counts counts = {});
std::string u16(std::size_t value);
/// A name in wire form, with the root; `text` has no dot at its end.
std::string wire_name(const std::string& text);
/// One question; `name` is in wire form.
std::string question(const std::string& name, std::uint16_t type = 1, std::uint16_t klass = 1);
std::string option(std::uint16_t code, const std::string& data);
std::string opt(const std::string& options = "", std::uint16_t size = 1232, std::uint8_t version = 0,
                std::uint16_t flags = 0);

/// A correct query.
std::string good(const std::string& host = "printer.dyn.example.org", std::uint16_t type = 1);
std::string framed(const std::string& message);

struct Packet {
    std::string row;
    std::string bytes;
};
/// One or more messages for each row about malformed, unusual or forged messages.
std::vector<Packet> packets();

/// Changes, adds or removes a few bytes; the result has at most 1400 bytes.
std::string mutate(std::string message, std::mt19937& random);
std::string noise(std::mt19937& random);

} // namespace hostile
