// dns_tcp address=A port=N queries=FILE [seconds=S] [connections=N] [pipelined=N] [once=1]
//
// Sends the prepared queries over that many connections at a time, from as many client networks, each with
// `pipelined` queries outstanding. With `once`, each connection has one query, and the client closes it.
// Checks every reply, and never sleeps, so that no server has to wake it. The output is
//   answered=N wrong=N lost=N opened=N seconds=S
#include "tests/bench/load.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>

enum { room = 65537, max_connections = 512, max_pipelined = 16, events_at_a_time = 64, networks = 1000 };

struct connection {
    int fd;
    size_t held; ///< bytes in `input` of an incomplete reply
    uint8_t input[room];
    const struct query* asked[max_pipelined]; ///< NULL: free
};

static struct connection connections[max_connections];
static struct sockaddr_in server;
static struct queries queries;
static unsigned long answered, wrong, lost, opened;
static unsigned pipelined;
static int once, events;

static void ask(struct connection* connection, unsigned slot)
{
    const struct query* query = next_query(&queries);
    uint8_t message[2 + 512];
    message[0] = (uint8_t)(query->length >> 8);
    message[1] = (uint8_t)query->length;
    memcpy(message + 2, query->bytes, query->length);
    message[2] = 0;
    message[3] = (uint8_t)slot;
    connection->asked[slot] = query;
    if (send(connection->fd, message, 2U + query->length, MSG_NOSIGNAL) < 0 && errno != EPIPE &&
        errno != ECONNRESET) {
        fail("send");
    }
}

/// Also sends the first queries. On loopback addresses a connection is made at once.
static void open_one(struct connection* connection)
{
    const int yes = 1;
    connection->fd = client_socket((unsigned)(opened++ % networks), SOCK_STREAM);
    connection->held = 0;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(connection->fd, (const struct sockaddr*)&server, sizeof server) != 0 ||
        fcntl(connection->fd, F_SETFL, O_NONBLOCK) != 0) {
        fail("connect");
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(events, EPOLL_CTL_ADD, connection->fd, &event) != 0) {
        fail("epoll_ctl");
    }
    for (unsigned slot = 0; slot < pipelined; ++slot) {
        ask(connection, slot);
    }
}

static void close_one(struct connection* connection)
{
    for (unsigned slot = 0; slot < pipelined; ++slot) {
        lost += connection->asked[slot] != NULL;
        connection->asked[slot] = NULL;
    }
    close(connection->fd);
    connection->fd = -1;
}

/// Returns the index of the query that it answers, or `pipelined` if there is none.
static unsigned look_at(struct connection* connection, const uint8_t* reply, size_t length)
{
    const unsigned slot = length < 12 || reply[0] != 0 ? pipelined : reply[1];
    if (slot >= pipelined || !connection->asked[slot]) {
        ++wrong;
        return pipelined;
    }
    if (is_right(connection->asked[slot], reply, length, 0)) {
        ++answered;
    } else {
        ++wrong;
    }
    connection->asked[slot] = NULL;
    return slot;
}

/// Takes complete replies, and sends new queries if `asks` is set. Returns the number of replies.
static unsigned take_replies(struct connection* connection, int asks)
{
    unsigned count = 0;
    size_t at = 0;
    while (connection->held - at >= 2) {
        const size_t length = (size_t)(connection->input[at] << 8 | connection->input[at + 1]);
        if (connection->held - at - 2 < length) {
            break;
        }
        const unsigned slot = look_at(connection, connection->input + at + 2, length);
        if (asks && slot < pipelined) {
            ask(connection, slot);
        }
        at += 2 + length;
        ++count;
    }
    connection->held -= at;
    memmove(connection->input, connection->input + at, connection->held);
    return count;
}

static int is_idle(const struct connection* connection)
{
    for (unsigned slot = 0; slot < pipelined; ++slot) {
        if (connection->asked[slot]) {
            return 0;
        }
    }
    return 1;
}

/// Returns false if the connection was closed.
static int serve(struct connection* connection, int sends)
{
    const ssize_t got =
        recv(connection->fd, connection->input + connection->held, room - connection->held, 0);
    if (got < 0 && errno == EAGAIN) {
        return 1;
    }
    connection->held += got > 0 ? (size_t)got : 0;
    const unsigned count = take_replies(connection, sends && !once);
    if (got <= 0 || (once && count > 0) || (!sends && is_idle(connection))) {
        close_one(connection);
        if (sends) {
            open_one(connection);
        }
    }
    return connection->fd >= 0;
}

int main(int count, char** arguments)
{
    (void)count;
    struct epoll_event ready[events_at_a_time];
    const double seconds = number_of(arguments, "seconds", 1);
    const unsigned number = unsigned_of(arguments, "connections", 32);
    queries = read_queries(text_of(arguments, "queries", "queries"));
    pipelined = unsigned_of(arguments, "pipelined", 1);
    once = unsigned_of(arguments, "once", 0) != 0;
    server = server_of(arguments);
    if (number == 0 || number > max_connections || pipelined == 0 || pipelined > max_pipelined) {
        errno = EINVAL;
        fail("connections= or pipelined=");
    }
    events = epoll_create1(EPOLL_CLOEXEC);
    for (unsigned i = 0; i < number; ++i) {
        open_one(&connections[i]);
        struct pollfd first_reply = {.fd = connections[i].fd, .events = POLLIN};
        poll(&first_reply, 1, 5000); // no more than are waiting to be accepted at a time
    }
    const double begin = now();
    double last = begin; // the time of the last reply
    double end = begin;
    for (unsigned open = number; open > 0 && end - last < 5;) {
        const int found = epoll_wait(events, ready, events_at_a_time, 0);
        end = now();
        for (int i = 0; i < found; ++i) {
            last = end;
            open -= !serve(ready[i].data.ptr, end - begin < seconds);
        }
    }
    for (unsigned i = 0; i < number; ++i) {
        if (connections[i].fd >= 0) {
            close_one(&connections[i]);
        }
    }
    printf("answered=%lu wrong=%lu lost=%lu opened=%lu seconds=%.6f\n", answered, wrong, lost, opened,
           end - begin);
    return 0;
}
