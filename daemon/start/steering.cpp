#include "daemon/start/steering.h"

#include <array>
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

constexpr sock_filter multiply(std::uint32_t by) noexcept
{
    return step(BPF_ALU | BPF_MUL | BPF_K, by);
}

constexpr sock_filter shift(std::uint32_t bits) noexcept
{
    return step(BPF_ALU | BPF_RSH | BPF_K, bits);
}

// The upper bits of a product depend on all input bits: keep it, shift it, and mix the two.
constexpr sock_filter keep = step(BPF_MISC | BPF_TAX);
constexpr sock_filter mix = step(BPF_ALU | BPF_XOR | BPF_X);

} // namespace

std::vector<sock_filter> steering_program(bool ipv4, std::uint32_t sockets, std::uint32_t key)
{
    const std::uint32_t odd_key = key | 1; // an odd factor maps no two words to the same value
    std::vector<sock_filter> program{load(ipv4 ? source_of_ipv4 : source_of_ipv6)};
    if (ipv4) {
        constexpr std::uint32_t host_bits = 16; // of a /16; an IPv6 /32 is the whole word
        program.push_back(shift(host_bits));
    }
    const std::array hash{multiply(odd_key), keep, shift(16), mix,
                          // the rest is the hash "lowbias32"
                          multiply(0x7FEB352D), keep, shift(15), mix, multiply(0x846CA68B), shift(16),
                          step(BPF_ALU | BPF_MOD | BPF_K, sockets), step(BPF_RET | BPF_A)};
    program.insert(program.end(), hash.begin(), hash.end());
    return program;
}

bool steer_by_network(int socket, bool ipv4, std::uint32_t sockets, std::uint32_t key)
{
    std::vector<sock_filter> program = steering_program(ipv4, sockets, key);
    const sock_fprog all{static_cast<std::uint16_t>(program.size()), program.data()};
    return ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &all, sizeof all) == 0;
}

} // namespace supervisor
