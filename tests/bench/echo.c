// echo address=A port=N [pktinfo=1] [workers=N]: sends every datagram back, as a reply. It only makes the
// system calls that every DNS server must make, so its cost is the kernel's share.
//   pktinfo  for a socket of all addresses: gets the destination of each datagram, to reply from there
//   workers  that many processes, each with its own socket of the address (SO_REUSEPORT)
#include "tests/bench/load.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/uio.h>

enum { batch = 32, room = 4096 };

static uint8_t bytes[batch][room];
static struct sockaddr_storage peers[batch];
static struct iovec parts[batch];
static struct mmsghdr messages[batch];
static char control[batch][CMSG_SPACE(sizeof(struct in_pktinfo))];

static void prepare(int count, int pktinfo)
{
    for (int i = 0; i < count; ++i) {
        struct msghdr* message = &messages[i].msg_hdr;
        parts[i] = (struct iovec){bytes[i], room};
        *message = (struct msghdr){
            .msg_name = &peers[i], .msg_namelen = sizeof peers[i], .msg_iov = &parts[i], .msg_iovlen = 1};
        if (pktinfo) {
            message->msg_control = control[i];
            message->msg_controllen = sizeof control[i];
        }
    }
}

static void turn_around(struct msghdr* message)
{
    struct cmsghdr* header = CMSG_FIRSTHDR(message);
    if (!header) {
        return;
    }
    struct in_pktinfo* info = (struct in_pktinfo*)(void*)CMSG_DATA(header);
    info->ipi_ifindex = 0;
    info->ipi_addr.s_addr = 0;
}

static int open_socket(const struct sockaddr_in* address, int pktinfo, int shared)
{
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const int space = 1 << 20;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &shared, sizeof shared) != 0 ||
        bind(fd, (const struct sockaddr*)address, sizeof *address) != 0 ||
        setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &pktinfo, sizeof pktinfo) != 0) {
        fail("the echo's socket");
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &space, sizeof space);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &space, sizeof space);
    return fd;
}

static void send_back(int fd, int received, int pktinfo)
{
    for (int i = 0; i < received; ++i) {
        bytes[i][2] |= 0x80;
        parts[i].iov_len = messages[i].msg_len;
        if (pktinfo) {
            turn_around(&messages[i].msg_hdr);
        }
    }
    for (int at = 0; at < received;) {
        const int sent = sendmmsg(fd, messages + at, (unsigned)(received - at), 0);
        at += sent > 0 ? sent : 1;
    }
}

int main(int count, char** arguments)
{
    (void)count;
    const int pktinfo = unsigned_of(arguments, "pktinfo", 0) != 0;
    const unsigned workers = unsigned_of(arguments, "workers", 1);
    const struct sockaddr_in address = server_of(arguments);
    for (unsigned others = 1; others < workers && fork() != 0; ++others) {}
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int fd = open_socket(&address, pktinfo, workers > 1);
    prepare(batch, pktinfo);
    for (;;) {
        const int received = recvmmsg(fd, messages, batch, MSG_WAITFORONE, NULL);
        if (received < 0) {
            fail("recvmmsg");
        }
        send_back(fd, received, pktinfo);
        prepare(received, pktinfo);
    }
}
