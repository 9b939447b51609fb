// updates by=http|udp|tcp address=A port=N hosts=N [seconds=S] [clients=N] [first=N] [dns=PORT]
//
// That many clients at the same time change the IPv4 addresses of the hosts h0, h1, ... of the bench's zone
// (zone.py). Each has its own hosts, and changes one after the other, with a connection per update: over our
// HTTP interface, or by RFC 2136 over UDP or TCP. If dns= is given, an update counts when a query over UDP
// gets the new address. `first` is the number of the first address, so that a second run sets other
// addresses. The output is
//   answered=N wrong=N late=N seconds=S longest=S
// `late` counts updates whose address was not in the reply to the first query.
#include "tests/bench/load.h"

#include <pthread.h>

enum { max_clients = 256, room = 2048 };

static const char apex[] = "\3dyn\7example\4test"; // with the root's zero byte

struct client {
    pthread_t thread;
    unsigned number;
    unsigned long answered, wrong, late;
    double longest;
};

static struct client clients[max_clients];
static struct sockaddr_in server, dns;
static unsigned hosts, number_of_clients, first;
static double until;
static enum { by_http, by_udp, by_tcp } way;

struct change {
    unsigned host;
    uint8_t address[4];
};

static int connected(const struct client* client, int type, const struct sockaddr_in* to)
{
    const int fd = client_socket(client->number, type);
    const struct timeval patience = {.tv_sec = 10};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (const struct sockaddr*)to, sizeof *to) != 0) {
        fail("connect");
    }
    return fd;
}

/// Reads until the end of the stream, or until there are `wanted` bytes.
static size_t read_reply(int fd, char* reply, size_t wanted)
{
    size_t held = 0;
    while (held < wanted) {
        const ssize_t got = recv(fd, reply + held, wanted - held, 0);
        if (got <= 0) {
            break;
        }
        held += (size_t)got;
    }
    return held;
}

static int update_by_http(const struct client* client, const struct change* change)
{
    char request[room], reply[room] = "";
    const uint8_t* a = change->address;
    const int length =
        snprintf(request, sizeof request,
                 "GET /api/update?hostname=h%u.dyn.example.test&token=a-token-of-the-bench-%u"
                 "&ipv4=%u.%u.%u.%u HTTP/1.1\r\nHost: dyn.example.test\r\nConnection: close\r\n\r\n",
                 change->host, change->host, a[0], a[1], a[2], a[3]);
    const int fd = connected(client, SOCK_STREAM, &server);
    size_t held = 0;
    if (send(fd, request, (size_t)length, MSG_NOSIGNAL) == length) {
        held = read_reply(fd, reply, sizeof reply - 1);
    }
    close(fd);
    reply[held] = '\0';
    return strncmp(reply + strcspn(reply, " "), " 200 ", 5) == 0 && strstr(reply, "ok updated") != NULL;
}

/// Writes the host's name. Returns the end of it.
static uint8_t* put_name(uint8_t* out, unsigned host)
{
    const int length = sprintf((char*)out + 1, "h%u", host);
    *out = (uint8_t)length;
    memcpy(out + 1 + length, apex, sizeof apex);
    return out + 1 + length + sizeof apex;
}

static uint8_t* put(uint8_t* out, const void* bytes, size_t count)
{
    memcpy(out, bytes, count);
    return out + count;
}

/// RFC 2136: deletes the host's A records and adds one.
static size_t write_update(const struct change* change, uint16_t id, uint8_t* message)
{
    const uint8_t head[] = {(uint8_t)(id >> 8), (uint8_t)id, 0x28, 0, 0, 1, 0, 0, 0, 2, 0, 0};
    uint8_t* out = put(message, head, sizeof head);
    out = put(out, apex, sizeof apex);
    out = put(out, "\0\6\0\1", 4);                                        // SOA, IN
    out = put(put_name(out, change->host), "\0\1\0\xff\0\0\0\0\0\0", 10); // A, ANY
    out = put(put_name(out, change->host), "\0\1\0\1\0\0\0\x3c\0\4", 10); // A, IN, 60 s
    return (size_t)(put(out, change->address, sizeof change->address) - message);
}

static int update_by_dns(const struct client* client, const struct change* change, uint16_t id)
{
    uint8_t message[2 + room];
    char reply[room];
    const size_t length = write_update(change, id, message + 2);
    const size_t prefix = way == by_tcp ? 2 : 0;
    message[0] = (uint8_t)(length >> 8);
    message[1] = (uint8_t)length;
    const int fd = connected(client, way == by_tcp ? SOCK_STREAM : SOCK_DGRAM, &server);
    size_t held = 0;
    if (send(fd, message + 2 - prefix, length + prefix, MSG_NOSIGNAL) > 0) {
        held = way == by_tcp ? read_reply(fd, reply, 2 + 12) : read_reply(fd, reply, 12);
    }
    close(fd);
    return held == prefix + 12 && memcmp(reply + prefix, message + 2, 2) == 0 &&
           (reply[prefix + 3] & 15) == 0;
}

/// Whether a query for the host gets the new address.
static int is_visible(const struct client* client, const struct change* change, uint16_t id)
{
    uint8_t query[room], reply[room];
    const uint8_t head[] = {(uint8_t)(id >> 8), (uint8_t)id, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    uint8_t* end = put(put_name(put(query, head, sizeof head), change->host), "\0\1\0\1", 4);
    const int fd = connected(client, SOCK_DGRAM, &dns);
    const ssize_t got = send(fd, query, (size_t)(end - query), 0) < 0 ? -1 : recv(fd, reply, sizeof reply, 0);
    close(fd);
    return got > 12 && memmem(reply, (size_t)got, change->address, sizeof change->address) != NULL;
}

/// Gives up after five seconds.
static void wait_until_visible(struct client* client, const struct change* change, uint16_t id)
{
    if (dns.sin_port == 0 || is_visible(client, change, id)) {
        return;
    }
    ++client->late;
    const double begin = now();
    while (now() - begin < 5 && !is_visible(client, change, id)) {}
}

static void* run(void* argument)
{
    struct client* client = argument;
    unsigned host = client->number;
    for (uint32_t i = 0; i == 0 || now() < until; ++i) { // at least one, however late it begins
        const uint32_t number = first + i;
        const struct change change = {
            host, {10, (uint8_t)(128 | number >> 16), (uint8_t)(number >> 8), (uint8_t)number}};
        const double begin = now();
        const int good = way == by_http ? update_by_http(client, &change)
                                        : update_by_dns(client, &change, (uint16_t)number);
        *(good ? &client->answered : &client->wrong) += 1;
        if (good) {
            wait_until_visible(client, &change, (uint16_t)number);
        }
        const double took = now() - begin;
        client->longest = took > client->longest ? took : client->longest;
        host = host + number_of_clients < hosts ? host + number_of_clients : client->number;
    }
    return NULL;
}

int main(int count, char** arguments)
{
    (void)count;
    const char* by = text_of(arguments, "by", "http");
    way = strcmp(by, "http") == 0 ? by_http : strcmp(by, "udp") == 0 ? by_udp : by_tcp;
    server = server_of(arguments);
    dns = address_of(text_of(arguments, "address", "127.0.0.1"), unsigned_of(arguments, "dns", 0));
    hosts = unsigned_of(arguments, "hosts", 100);
    first = unsigned_of(arguments, "first", 0);
    number_of_clients = unsigned_of(arguments, "clients", 1);
    if (number_of_clients == 0 || number_of_clients > max_clients || number_of_clients > hosts) {
        errno = EINVAL;
        fail("clients=");
    }
    const double begin = now();
    until = begin + number_of(arguments, "seconds", 1);
    for (unsigned i = 0; i < number_of_clients; ++i) {
        clients[i].number = i;
        if ((errno = pthread_create(&clients[i].thread, NULL, run, &clients[i])) != 0) {
            fail("pthread_create");
        }
    }
    struct client sum = {0};
    for (unsigned i = 0; i < number_of_clients; ++i) {
        pthread_join(clients[i].thread, NULL);
        sum.answered += clients[i].answered;
        sum.wrong += clients[i].wrong;
        sum.late += clients[i].late;
        sum.longest = clients[i].longest > sum.longest ? clients[i].longest : sum.longest;
    }
    printf("answered=%lu wrong=%lu late=%lu seconds=%.6f longest=%.6f\n", sum.answered, sum.wrong, sum.late,
           now() - begin, sum.longest);
    return 0;
}
