// Shared by the load generators: arguments, the clock, prepared queries, and sockets with client addresses in
// many networks. They are in C, since load must cost less to make than to serve.
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline void fail(const char* what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static inline double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/// The text of the argument `name`=TEXT, or `otherwise`.
static inline const char* text_of(char** arguments, const char* name, const char* otherwise)
{
    const size_t length = strlen(name);
    for (; *arguments; ++arguments) {
        if (strncmp(*arguments, name, length) == 0 && (*arguments)[length] == '=') {
            return *arguments + length + 1;
        }
    }
    return otherwise;
}

static inline double number_of(char** arguments, const char* name, double otherwise)
{
    const char* text = text_of(arguments, name, NULL);
    return text ? strtod(text, NULL) : otherwise;
}

static inline unsigned unsigned_of(char** arguments, const char* name, unsigned otherwise)
{
    return (unsigned)number_of(arguments, name, otherwise);
}

static inline struct sockaddr_in address_of(const char* text, unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, text, &address.sin_addr) != 1) {
        fail(text);
    }
    return address;
}

/// The server's address, from the arguments address= and port=.
static inline struct sockaddr_in server_of(char** arguments)
{
    return address_of(text_of(arguments, "address", "127.0.0.1"), unsigned_of(arguments, "port", 53));
}

/// A loopback address for the client `number`, each in another /24 and /16.
static inline struct sockaddr_in client_address(unsigned number)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr =
        htonl(0x7f000009U | ((1 + number % 250) << 16) | (((1 + number / 250) & 0xffU) << 8));
    return address;
}

/// A socket bound to the address of the client `number`, on any free port.
static inline int client_socket(unsigned number, int type)
{
    const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    const int yes = 1;
    const struct sockaddr_in address = client_address(number);
    if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes) != 0 ||
        bind(fd, (const struct sockaddr*)&address, sizeof address) != 0) {
        fail("a client's socket");
    }
    return fd;
}

/// For queries to which any reply or none is right. It is not waited for.
enum { any_rcode = 255 };

struct query {
    const uint8_t* bytes;
    uint16_t length;
    uint8_t rcode; ///< any_rcode, or the one of the expected reply
    uint8_t answers;
};

struct queries {
    struct query* all;
    size_t count;
    size_t next;
};

/// Reads a file of queries.py. Each query is: length in two bytes, rcode, number of answers, message.
static inline struct queries read_queries(const char* path)
{
    FILE* file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        fail(path);
    }
    const size_t size = (size_t)ftell(file);
    uint8_t* bytes = malloc(size + 1);
    struct queries queries = {.all = malloc((size / 4 + 1) * sizeof(struct query))};
    rewind(file);
    if (!bytes || !queries.all || fread(bytes, 1, size, file) != size) {
        fail(path);
    }
    fclose(file);
    for (size_t at = 0; at + 4 <= size;) {
        const uint16_t length = (uint16_t)(bytes[at] << 8 | bytes[at + 1]);
        const struct query query = {bytes + at + 4, length, bytes[at + 2], bytes[at + 3]};
        queries.all[queries.count++] = query;
        at += 4U + length;
    }
    if (queries.count == 0) {
        errno = ENODATA;
        fail(path);
    }
    return queries;
}

static inline const struct query* next_query(struct queries* queries)
{
    const struct query* query = &queries->all[queries->next];
    queries->next = queries->next + 1 == queries->count ? 0 : queries->next + 1;
    return query;
}

/// Whether the reply is the expected one to `query` or, if `echo` is set, that of an echo.
static inline int is_right(const struct query* query, const uint8_t* reply, size_t length, int echo)
{
    if (length < 12 || (reply[2] & 0x80) == 0) {
        return 0;
    }
    size_t end = 12; // of the name
    while (end < query->length && query->bytes[end] != 0) {
        end += 1U + query->bytes[end];
    }
    end += 5;
    if (end > length || memcmp(reply + 4, query->bytes + 4, 2) != 0 ||
        memcmp(reply + 12, query->bytes + 12, end - 12) != 0) {
        return 0;
    }
    return echo || ((reply[3] & 15) == query->rcode && reply[6] == 0 && reply[7] == query->answers);
}
