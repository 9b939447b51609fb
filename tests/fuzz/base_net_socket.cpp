// Property: a line that was read, written again with what was read of it, is read as the same socket.
#include <cstdlib>
#include <cstring>
#include <string>

#include "proto/base/net_socket.h"
#include "proto/base/text.h"

namespace
{

std::string hex_of_word(const std::uint8_t* bytes)
{
    std::uint32_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    std::string text;
    for (unsigned i = 0; i < 8; ++i) {
        text += "0123456789ABCDEF"[word >> 4 * (7 - i) & 15U];
    }
    return text;
}

std::string hex(unsigned value, unsigned digits)
{
    std::string text;
    for (unsigned i = 0; i < digits; ++i) {
        text += "0123456789ABCDEF"[value >> 4 * (digits - 1 - i) & 15U];
    }
    return text;
}

std::string line_of(const base::NetSocket& socket)
{
    std::string address;
    for (std::size_t at = 0; at < socket.address.bytes().size(); at += 4) {
        address += hex_of_word(socket.address.bytes().data() + at);
    }
    return "0: " + address + ':' + hex(socket.port, 4) + " 0:0 " + hex(socket.state, 2) + " 0:0 0:0 0 " +
           std::to_string(socket.uid) + " 0 " + std::to_string(socket.inode) + " 1 0 " +
           std::to_string(socket.drops) + '\n';
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto socket = base::read_net_socket(base::as_text({data, size}));
    if (socket && base::read_net_socket(line_of(*socket)) != socket) {
        std::abort();
    }
    return 0;
}
