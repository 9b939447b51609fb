#include "daemon/supervisor/steering.h"

#include <sys/socket.h>

namespace supervisor
{

namespace
{

constexpr std::uint32_t in_ip_header = static_cast<std::uint32_t>(SKF_NET_OFF);
constexpr std::uint32_t source_of_ipv4 = in_ip_header + 12; // RFC 791 section 3.1
constexpr std::uint32_t source_of_ipv6 = in_ip_header + 8;  // RFC 8200 section 3

constexpr sock_filter step(unsigned code, std::uint32_t operand = 0) noexcept
{
    return {static_cast<std::uint16_t>(code), 0, 0, operand};
}

constexpr sock_filter load(std::uint32_t offset) noexcept
{
    return step(BPF_LD | BPF_W | BPF_ABS, offset);
}

} // namespace

std::vector<sock_filter> steering_program(bool ipv4, std::uint32_t sockets, std::uint32_t key)
{
    constexpr unsigned host_bits = 8;      // of the last word: /24 of IPv4, /56 of IPv6
    const std::uint32_t odd_key = key | 1; // no two networks of one word become the same
    std::vector<sock_filter> program;
    const auto add = [&](std::initializer_list<sock_filter> steps) { program.insert(program.end(), steps); };
    const auto multiply = [&](std::uint32_t by) { add({step(BPF_ALU | BPF_MUL | BPF_K, by)}); };
    const auto fold = [&](unsigned bits) { // a product's upper bits are the good ones
        add({step(BPF_MISC | BPF_TAX), step(BPF_ALU | BPF_RSH | BPF_K, bits),
             step(BPF_ALU | BPF_XOR | BPF_X)});
    };
    if (ipv4) {
        add({load(source_of_ipv4), step(BPF_ALU | BPF_RSH | BPF_K, host_bits)});
    } else {
        add({load(source_of_ipv6)});
        multiply(odd_key);
        fold(16);
        add({step(BPF_MISC | BPF_TAX), load(source_of_ipv6 + 4), step(BPF_ALU | BPF_RSH | BPF_K, host_bits),
             step(BPF_ALU | BPF_XOR | BPF_X)});
    }
    multiply(odd_key);
    fold(16); // from here on the "lowbias32" hash
    multiply(0x7FEB352D);
    fold(15);
    multiply(0x846CA68B);
    add({step(BPF_ALU | BPF_RSH | BPF_K, 16), step(BPF_ALU | BPF_MOD | BPF_K, sockets),
         step(BPF_RET | BPF_A)});
    return program;
}

bool steer_by_network(int socket, bool ipv4, std::uint32_t sockets, std::uint32_t key)
{
    std::vector<sock_filter> program = steering_program(ipv4, sockets, key);
    const sock_fprog all{static_cast<std::uint16_t>(program.size()), program.data()};
    return ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &all, sizeof all) == 0;
}

} // namespace supervisor
