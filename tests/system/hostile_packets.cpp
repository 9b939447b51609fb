#include "tests/system/hostile_packets.h"

#include <algorithm>
#include <iterator>

namespace hostile
{

namespace
{

using namespace std::string_literals;

const std::string host = wire_name("printer.dyn.example.org");
const std::string client_cookie = "\x01\x02\x03\x04\x05\x06\x07\x08";
constexpr std::uint16_t cookie = 10;
constexpr std::uint16_t query = 0x0100;

std::uint16_t opcode(unsigned number)
{
    return static_cast<std::uint16_t>(query | number << 11);
}

/// With one OPT record.
std::string edns(const std::string& record)
{
    return header(query, {1, 0, 0, 1}) + question(host) + record;
}

std::string with_options(const std::string& options)
{
    return edns(opt(options));
}

using Packets = std::vector<Packet>;

Packets short_ones()
{
    Packets all{{"empty-datagram", ""}};
    for (std::size_t size = 1; size < 12; ++size) {
        all.push_back({"short-header", good().substr(0, size)});
    }
    all.push_back({"header-only-qd1", header()});
    all.push_back({"qname-cut", good().substr(0, 16)});
    all.push_back({"question-cut", header() + host});
    return all;
}

Packets headers()
{
    Packets all{
        {"qr-set-dropped", header(0x8100) + question(host)},
        {"qr-set-dropped", header(0x8583, {1, 0, 1, 1}) + question(host)},
        {"aa-tc-ra-in-query", header(0x0780) + question(host)},
        {"z-bit", header(0x0140) + question(host)},
        {"opcode-15-flags", header(0x7FFF) + question(host)},
        {"notimp-opt", header(opcode(15), {1, 0, 0, 1}) + question(host) + opt()},
        {"qdcount-0", header(query, {0})},
        {"qdcount-0-cookie", header(query, {0, 0, 0, 1}) + opt(option(cookie, client_cookie))},
        {"qdcount-2", header(query, {2}) + question(host) + question(host, 28)},
        {"qdcount-65535", header(query, {65535}) + question(host)},
        {"arcount-lie", header(query, {1, 0, 0, 1}) + question(host)},
        {"counts-lie", header(query, {1, 65535, 65535, 65535}) + question(host)},
        {"trailing-garbage", good() + "garbage"},
        {"answer-in-query", header(query, {1, 1}) + question(host) +
                                "\xC0\x0C\x00\x01\x00\x01\x00\x00\x00\x3C\x00\x04\x7F\x00\x00\x01"s},
    };
    for (unsigned number = 1; number < 16; ++number) {
        all.push_back({"opcode", header(opcode(number)) + question(host)});
        all.push_back({"opcode-alone", header(opcode(number), {0})});
    }
    return all;
}

Packets names()
{
    const auto ask = [](const std::string& name) { return header() + question(name); };
    const std::string long_label = "\x3f" + std::string(63, 'x');
    const std::string three = long_label + long_label + long_label;
    return {
        {"pointer-loop", ask("\xC0\x0C")},
        {"pointer-loop-2", ask("\x01x\xC0\x0C")},
        {"pointer-forward", ask("\xC0\xFF")},
        {"pointer-far", ask("\xFF\xFF")},
        {"pointer-into-header", ask("\x01x\xC0\x00"s)},
        {"pointer-cut", header() + "\xC0"},
        {"label-type-01", ask("\x41x\x00"s)},
        {"label-type-10", ask("\x81x\x00"s)},
        {"name-255", ask(three + "\x3d" + std::string(61, 'y') + "\x00"s)},
        {"name-256", ask(three + "\x3e" + std::string(62, 'y') + "\x00"s)},
        {"name-endless", header() + three + three + three + three},
        {"label-binary", ask("\x04\x00\xFF.\n"s + wire_name("dyn.example.org"))},
        {"label-wildcard", ask(wire_name("*.dyn.example.org"))},
        {"refused-outside", ask(wire_name("victim.example.com"))},
        {"refused-root", header() + question("\x00"s, 2)},
        {"class-unknown", header() + question(host, 1, 4711)},
        {"class-any", header() + question(host, 1, 255)},
        {"class-ch-version", header() + question(wire_name("version.bind"), 16, 3)},
    };
}

Packets types()
{
    Packets all{{"name-of-owners", header(query, {1, 0, 0, 2}) + question(host) +
                                       "\xC0\x0C\x00\x01\x00\x01\x00\x00\x00\x00\x00\x00"s + opt()}};
    for (const unsigned type : {0U, 41U, 65U, 249U, 250U, 251U, 252U, 253U, 254U, 255U, 65535U}) {
        const auto number = static_cast<std::uint16_t>(type);
        all.push_back({"qtype", header() + question(host, number)});
        all.push_back(
            {"qtype-of-many-records",
             edns(opt()).replace(12, host.size() + 4, question(wire_name("big.dyn.example.org"), number))});
    }
    return all;
}

Packets broken_edns()
{
    Packets all{
        {"edns-badvers", edns(opt("", 1232, 1))},
        {"edns-255", edns(opt("", 1232, 255))},
        {"edns-size-tiny", edns(opt("", 0))},
        {"edns-do-echo", edns(opt("", 65535, 0, 0xFFFF))},
        {"edns-two-opt", header(query, {1, 0, 0, 2}) + question(host) + opt() + opt()},
        {"edns-opt-owner", edns(wire_name("x") + opt().substr(1))},
        {"edns-opt-in-answer", header(query, {1, 1}) + question(host) + opt()},
        {"edns-option-overrun", with_options("\x00\x03\x00\x40"s)},
        {"edns-option-cut", with_options("\x00\x03\x00"s)},
        {"edns-unknown-option", with_options(option(65001, "what"))},
        {"edns-many-options", with_options(std::string(1000, '\0'))},
        {"opt-rdlen-overrun", edns(opt().substr(0, 9) + "\xFF\xFF")},
        {"keepalive-udp",
         with_options(option(11, "") + option(3, "") + option(8, "\x00\x01\x18\x00\x7F\x00\x00"s))},
        {"tsig-unknown-key", header(query, {1, 0, 0, 1}) + question(host) + wire_name("key") +
                                 "\x00\xFA\x00\xFF\x00\x00\x00\x00\x00\x00"s},
        {"oversize", edns(opt(option(12, std::string(1250, '\0'))))},
    };
    for (const std::size_t size : {0U, 1U, 7U, 9U, 15U, 41U}) {
        all.push_back({"cookie-length", with_options(option(cookie, std::string(size, 'c')))});
    }
    for (const std::size_t size : {8U, 16U, 24U, 40U}) {
        all.push_back({"cookie-wrong", with_options(option(cookie, std::string(size, '\x01')))});
        all.push_back({"cookie-twice", with_options(option(cookie, std::string(size, '\x01')) +
                                                    option(cookie, client_cookie))});
    }
    return all;
}

} // namespace

std::string u16(std::size_t value)
{
    return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string header(std::uint16_t flags, Counts counts)
{
    return u16(0x1234) + u16(flags) + u16(counts.questions) + u16(counts.answers) + u16(counts.authorities) +
           u16(counts.additionals);
}

std::string wire_name(const std::string& text)
{
    std::string wire;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('.', at), text.size());
        wire += static_cast<char>(end - at);
        wire += text.substr(at, end - at);
        at = end + 1;
    }
    return wire + '\0';
}

std::string question(const std::string& name, std::uint16_t type, std::uint16_t klass)
{
    return name + u16(type) + u16(klass);
}

std::string option(std::uint16_t code, const std::string& data)
{
    return u16(code) + u16(data.size()) + data;
}

std::string opt(const std::string& options, std::uint16_t size, std::uint8_t version, std::uint16_t flags)
{
    return "\x00\x00\x29"s + u16(size) + '\0' + static_cast<char>(version) + u16(flags) +
           u16(options.size()) + options;
}

std::string good(const std::string& name, std::uint16_t type)
{
    return header() + question(wire_name(name), type);
}

std::string framed(const std::string& message)
{
    return u16(message.size()) + message;
}

std::vector<Packet> packets()
{
    Packets all{{"basic-a", good()}, {"truncation-512", good("big.dyn.example.org")}};
    for (const Packets& some : {short_ones(), headers(), names(), types(), broken_edns()}) {
        std::copy(some.begin(), some.end(), std::back_inserter(all));
    }
    return all;
}

std::string mutate(std::string message, std::mt19937& random)
{
    const auto below = [&](std::size_t bound) { return bound == 0 ? 0 : random() % bound; };
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
        const std::size_t at = below(message.size() + 1);
        switch (below(4)) {
        case 0:
            message.insert(at, 1 + below(3), static_cast<char>(random()));
            break;
        case 1:
            message.erase(at, 1 + below(3));
            break;
        default:
            if (at < message.size()) {
                message[at] = static_cast<char>(random());
            }
        }
    }
    message.resize(std::min<std::size_t>(message.size(), 1400));
    return message;
}

std::string noise(std::mt19937& random)
{
    std::string bytes(random() % 300, '\0');
    std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random()); });
    return bytes;
}

} // namespace hostile
