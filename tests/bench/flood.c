// flood family=4|6 address=A port=N query=HEX networks=N [anywhere=1] [rate=N] [seconds=S]
//
// Sends a query from forged addresses, one of each network by turns, at a given rate. The networks are
//   those of 198.18.0.0/16 (each a /24) or of 2001:db8::/32 (each a /56; 16 of them are in one /52), or
//   with `anywhere`, /24s of IPv4 in as many /16s as there are in 25,600.
// The output is
//   sent=N seconds=S
#include "tests/bench/load.h"

#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <stddef.h>
#include <sys/uio.h>

enum { batch = 64, most_networks = 65536, room = 128 };

struct packet {
    uint8_t bytes[room];
    size_t size;
};

static struct packet packets[most_networks];
static uint8_t query[room];
static size_t query_size;

static uint32_t sum(const uint8_t* bytes, size_t size)
{
    uint32_t total = 0;
    for (size_t i = 0; i < size; ++i) {
        total += (uint32_t)bytes[i] << (i % 2 == 0 ? 8 : 0);
    }
    return total;
}

/// RFC 768; IPv6 requires it (RFC 8200 section 8.1).
static uint16_t checksum(uint32_t total)
{
    while (total >> 16) {
        total = (total & 0xffff) + (total >> 16);
    }
    return (uint16_t)(total == 0xffff ? 0xffff : ~total);
}

static uint8_t* put_udp(uint8_t* at, unsigned port)
{
    const struct udphdr udp = {.source = htons(40000),
                               .dest = htons((uint16_t)port),
                               .len = htons((uint16_t)(sizeof udp + query_size))};
    memcpy(at, &udp, sizeof udp);
    memcpy(at + sizeof udp, query, query_size);
    return at + sizeof udp + query_size;
}

static uint32_t network4(unsigned number, int anywhere)
{
    if (!anywhere) {
        return 0xc6120007U | (number & 0xff) << 8;
    }
    return (20 + number % 100) << 24 | (number / 100 % 256) << 16 | (number / 25600) << 8 | 7;
}

static void make4(struct packet* packet, unsigned number, int anywhere, struct in_addr server, unsigned port)
{
    struct iphdr ip = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP, .daddr = server.s_addr};
    ip.saddr = htonl(network4(number, anywhere));
    packet->size = (size_t)(put_udp(packet->bytes + sizeof ip, port) - packet->bytes);
    ip.tot_len = htons((uint16_t)packet->size);
    memcpy(packet->bytes, &ip, sizeof ip); // the kernel makes the checksum (raw(7))
}

static void make6(struct packet* packet, unsigned number, struct in6_addr server, unsigned port)
{
    struct ip6_hdr ip = {.ip6_dst = server};
    const uint8_t source[16] = {0x20, 0x01, 0x0d, 0xb8, 0, (uint8_t)(number >> 4), (uint8_t)(number & 15)};
    memcpy(&ip.ip6_src, source, sizeof source);
    ip.ip6_src.s6_addr[15] = 7;
    packet->size = (size_t)(put_udp(packet->bytes + sizeof ip, port) - packet->bytes);
    const uint16_t length = (uint16_t)(packet->size - sizeof ip);
    ip.ip6_flow = htonl(6U << 28);
    ip.ip6_plen = htons(length);
    ip.ip6_nxt = IPPROTO_UDP;
    ip.ip6_hlim = 64;
    memcpy(packet->bytes, &ip, sizeof ip);
    const uint32_t total =
        sum(ip.ip6_src.s6_addr, 32) + length + IPPROTO_UDP + sum(packet->bytes + sizeof ip, length);
    const uint16_t check = htons(checksum(total));
    memcpy(packet->bytes + sizeof ip + offsetof(struct udphdr, check), &check, sizeof check);
}

static void read_query(const char* hex)
{
    for (; hex[0] && hex[1] && query_size < sizeof query - 48; hex += 2) {
        const char digits[] = {hex[0], hex[1], 0};
        query[query_size++] = (uint8_t)strtoul(digits, NULL, 16);
    }
}

static void wait_for(double until)
{
    const double left = until - now();
    if (left > 0) {
        const struct timespec time = {(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};
        nanosleep(&time, NULL);
    }
}

static void send_all(int fd, struct mmsghdr* messages, unsigned count)
{
    for (unsigned at = 0; at < count;) {
        const int done = sendmmsg(fd, messages + at, count - at, 0);
        if (done < 0 && errno != ENOBUFS && errno != EAGAIN) {
            fail("sendmmsg");
        }
        at += done > 0 ? (unsigned)done : 0;
    }
}

static unsigned long run(int fd, const void* server, socklen_t size, unsigned networks, double rate,
                         double seconds)
{
    static struct iovec parts[batch];
    static struct mmsghdr messages[batch];
    const double begin = now();
    unsigned long sent = 0;
    unsigned next = 0;
    while (now() - begin < seconds) {
        const double due = rate * (now() - begin) - (double)sent;
        const unsigned count = due < 1 ? 0 : due > batch ? batch : (unsigned)due;
        for (unsigned i = 0; i < count; ++i) {
            struct packet* packet = &packets[next];
            next = next + 1 == networks ? 0 : next + 1;
            parts[i] = (struct iovec){packet->bytes, packet->size};
            messages[i].msg_hdr = (struct msghdr){.msg_name = (void*)(uintptr_t)server,
                                                  .msg_namelen = size,
                                                  .msg_iov = &parts[i],
                                                  .msg_iovlen = 1};
        }
        send_all(fd, messages, count);
        sent += count;
        wait_for(begin + (double)(sent + 1) / rate);
    }
    return sent;
}

int main(int count, char** arguments)
{
    (void)count;
    const char* address = text_of(arguments, "address", "127.0.0.1");
    const unsigned port = unsigned_of(arguments, "port", 53);
    const unsigned networks = unsigned_of(arguments, "networks", 1);
    const int anywhere = unsigned_of(arguments, "anywhere", 0) != 0;
    const int is6 = unsigned_of(arguments, "family", 4) == 6;
    const double seconds = number_of(arguments, "seconds", 5);
    read_query(text_of(arguments, "query", ""));
    struct sockaddr_in to4 = {.sin_family = AF_INET};
    struct sockaddr_in6 to6 = {.sin6_family = AF_INET6};
    errno = EINVAL;
    if (networks == 0 || networks > most_networks ||
        inet_pton(is6 ? AF_INET6 : AF_INET, address, is6 ? (void*)&to6.sin6_addr : (void*)&to4.sin_addr) !=
            1) {
        fail("networks= or address=");
    }
    for (unsigned i = 0; i < networks; ++i) {
        if (is6) {
            make6(&packets[i], i, to6.sin6_addr, port);
        } else {
            make4(&packets[i], i, anywhere, to4.sin_addr, port);
        }
    }
    const int fd =
        socket(is6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW); // with the IP header
    if (fd < 0) {
        fail("a raw socket");
    }
    const double rate = number_of(arguments, "rate", 1000);
    const unsigned long sent = is6 ? run(fd, &to6, sizeof to6, networks, rate, seconds)
                                   : run(fd, &to4, sizeof to4, networks, rate, seconds);
    printf("sent=%lu seconds=%.3f\n", sent, seconds);
    return 0;
}
