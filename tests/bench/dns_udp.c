// dns_udp address=A port=N queries=FILE [seconds=S] [count=N] [window=N] [sockets=N] [burst=N] [cookies=1]
// [echo=1] [spins=1]
//
// Sends the prepared queries one after the other, `window` of them outstanding in all, from sockets in as
// many client networks, and checks every reply. With `spins` it never sleeps, so that no server has to wake
// it. The output is
//   answered=N wrong=N lost=N others=N sent=N seconds=S
//
// A query of the file for which any reply or none is right is sent in addition and not waited for. A datagram
// socket keeps the order, so the reply to a later query shows that the server has processed it.
#include "tests/bench/load.h"

#include <sys/epoll.h>
#include <sys/uio.h>

enum {
    batch = 32,
    room = 4224,
    max_window = 1024, ///< of one socket
    max_sockets = 256,
    cookie_bytes = 24,  ///< RFC 9018: 8 of the client, 16 of the server
    patience = 3,       ///< seconds without any reply until what is outstanding counts as lost
    unawaited = 0x8000, ///< set in the id of a query that is not waited for
};

struct slot {
    const struct query* query; ///< NULL: free
    uint16_t id;
};

struct client {
    int fd;
    unsigned free;
    unsigned at; ///< the slot to try first
    struct slot slots[max_window];
    uint8_t option[4 + cookie_bytes]; ///< including its code and length
};

static struct client clients[max_sockets];
static uint8_t bytes[batch][room];
static struct iovec parts[batch];
static struct mmsghdr messages[batch];
static unsigned long answered, wrong, lost, others, sent;
static unsigned window, burst;
static int with_cookies, is_echo, events = -1; ///< events: an epoll descriptor, or -1 to spin

static void prepare(void)
{
    for (int i = 0; i < batch; ++i) {
        parts[i] = (struct iovec){bytes[i], room};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
}

/// The lower bits of an id are the slot's number, so that the reply's id gives the slot.
static struct slot* take_slot(struct client* client, const struct query* query)
{
    while (client->slots[client->at].query) {
        client->at = client->at + 1 == window ? 0 : client->at + 1;
    }
    struct slot* slot = &client->slots[client->at];
    slot->query = query;
    slot->id = (uint16_t)(((slot->id + max_window) & 0x7c00) | client->at);
    --client->free;
    return slot;
}

static size_t write_query(struct client* client, const struct query* query, uint8_t* out)
{
    memcpy(out, query->bytes, query->length);
    if (query->rcode == any_rcode) {
        if (query->length >= 2) {
            out[0] |= unawaited >> 8;
        }
        return query->length;
    }
    const struct slot* slot = take_slot(client, query);
    out[0] = (uint8_t)(slot->id >> 8);
    out[1] = (uint8_t)slot->id;
    if (!with_cookies) {
        return query->length;
    }
    out[query->length - 1] = sizeof client->option; // the OPT record is last, and has no option
    memcpy(out + query->length, client->option, sizeof client->option);
    return query->length + sizeof client->option;
}

static void send_queries(struct client* client, struct queries* queries)
{
    while (client->free > 0) {
        unsigned count = 0;
        for (; count < batch && client->free > 0; ++count) {
            parts[count].iov_len = write_query(client, next_query(queries), bytes[count]);
        }
        for (unsigned at = 0; at < count;) {
            const int done = sendmmsg(client->fd, messages + at, count - at, 0);
            if (done < 0) {
                fail("sendmmsg");
            }
            at += (unsigned)done;
        }
        sent += count;
    }
}

static void look_at(struct client* client, const uint8_t* reply, size_t length)
{
    const unsigned id = length < 12 ? unawaited : (unsigned)(reply[0] << 8 | reply[1]);
    struct slot* slot = &client->slots[id % max_window];
    if ((id & unawaited) != 0 || !slot->query || slot->id != id) {
        ++others;
        return;
    }
    if (is_right(slot->query, reply, length, is_echo)) {
        ++answered;
    } else {
        ++wrong;
    }
    slot->query = NULL;
    ++client->free;
}

static int receive(struct client* client)
{
    for (int i = 0; i < batch; ++i) {
        parts[i].iov_len = room;
    }
    const int count = recvmmsg(client->fd, messages, batch, MSG_DONTWAIT, NULL);
    if (count < 0 && errno != EAGAIN && errno != EINTR) {
        fail("recvmmsg");
    }
    for (int i = 0; i < count; ++i) {
        look_at(client, bytes[i], messages[i].msg_len);
    }
    return count > 0;
}

/// Sends a query with only a client cookie, and keeps the server cookie of the reply.
static void fetch_cookie(struct client* client, const struct query* query, unsigned number)
{
    uint8_t message[room];
    uint8_t option[12] = {0, 10, 0, 8, 'c', 'o', 'o', 'k', 'i', 'e', (uint8_t)(number >> 8), (uint8_t)number};
    const struct timeval until = {.tv_sec = patience};
    memcpy(message, query->bytes, query->length);
    message[query->length - 1] = sizeof option;
    memcpy(message + query->length, option, sizeof option);
    setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &until, sizeof until);
    if (send(client->fd, message, query->length + sizeof option, 0) < 0) {
        fail("the query for a cookie");
    }
    const ssize_t length = recv(client->fd, message, sizeof message, 0);
    option[3] = cookie_bytes;
    const uint8_t* found = length > 0 ? memmem(message, (size_t)length, option, sizeof option) : NULL;
    if (!found || found + sizeof client->option > message + length) {
        fail("no cookie came");
    }
    memcpy(client->option, found, sizeof client->option);
}

static void open_clients(unsigned sockets, struct sockaddr_in server, struct queries* queries)
{
    for (unsigned i = 0; i < sockets; ++i) {
        clients[i].fd = client_socket(i, SOCK_DGRAM);
        clients[i].free = window;
        if (connect(clients[i].fd, (const struct sockaddr*)&server, sizeof server) != 0) {
            fail("connect");
        }
        struct epoll_event event = {.events = EPOLLIN};
        if (events >= 0 && epoll_ctl(events, EPOLL_CTL_ADD, clients[i].fd, &event) != 0) {
            fail("epoll_ctl");
        }
        if (with_cookies) {
            fetch_cookie(&clients[i], &queries->all[0], i);
        }
    }
}

/// Whether a reply came. Sends new queries if `sends` is set. `outstanding` tells if a reply is waited for.
static int take_turns(unsigned sockets, struct queries* queries, int sends, int* outstanding)
{
    int came = 0;
    *outstanding = 0;
    for (unsigned i = 0; i < sockets; ++i) {
        struct client* client = &clients[i];
        came |= receive(client);
        if (sends && client->free >= burst) {
            send_queries(client, queries);
        }
        *outstanding |= client->free < window;
    }
    return came;
}

/// Runs for that many seconds or queries. Returns the time of the last reply.
static double ask(unsigned sockets, struct queries* queries, double seconds, double limit)
{
    const double begin = now();
    double last = begin;
    for (int outstanding = 1, sends = 1; sends || outstanding;) {
        const double time = now();
        sends = sent == 0 || (time - begin < seconds && (double)sent < limit); // at least one
        if (take_turns(sockets, queries, sends, &outstanding)) {
            last = time;
        } else if (time - last > patience) {
            break;
        } else if (events >= 0) {
            struct epoll_event event;
            epoll_wait(events, &event, 1, 10);
        }
    }
    return last - begin;
}

int main(int count, char** arguments)
{
    (void)count;
    struct queries queries = read_queries(text_of(arguments, "queries", "queries"));
    const unsigned sockets = unsigned_of(arguments, "sockets", 4);
    window = unsigned_of(arguments, "window", 128) / (sockets ? sockets : 1);
    burst = unsigned_of(arguments, "burst", window > 16 ? 16 : window);
    with_cookies = unsigned_of(arguments, "cookies", 0) != 0;
    is_echo = unsigned_of(arguments, "echo", 0) != 0;
    events = unsigned_of(arguments, "spins", 0) != 0 ? -1 : epoll_create1(EPOLL_CLOEXEC);
    if (sockets == 0 || sockets > max_sockets || window == 0 || window > max_window || burst > window) {
        errno = EINVAL;
        fail("sockets=, window= or burst=");
    }
    open_clients(sockets, server_of(arguments), &queries);
    prepare();
    const double took =
        ask(sockets, &queries, number_of(arguments, "seconds", 1), number_of(arguments, "count", 1e18));
    for (unsigned i = 0; i < sockets; ++i) {
        lost += window - clients[i].free;
    }
    printf("answered=%lu wrong=%lu lost=%lu others=%lu sent=%lu seconds=%.6f\n", answered, wrong, lost,
           others, sent, took);
    return 0;
}
