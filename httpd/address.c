#include "httpd/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 1024

/* "8787" or "0". */
static bool parse_port(const char *text, uint16_t *ret)
{
    size_t len = strlen(text);
    if (len == 0 || len > 5 || strspn(text, "0123456789") != len)
        return false;
    unsigned long port = strtoul(text, NULL, 10);
    if (port > UINT16_MAX)
        return false;
    *ret = (uint16_t)port;
    return true;
}

static void set_ipv4(struct oat_address *address, struct in_addr ip)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(address->port), .sin_addr = ip};
    memcpy(&address->socket_address, &in, sizeof in);
    address->len = sizeof in;
    inet_ntop(AF_INET, &ip, address->host, sizeof address->host);
}

static void set_ipv6(struct oat_address *address, struct in6_addr ip)
{
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(address->port), .sin6_addr = ip};
    memcpy(&address->socket_address, &in6, sizeof in6);
    address->len = sizeof in6;
    char text[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, &ip, text, sizeof text);
    snprintf(address->host, sizeof address->host, "[%s]", text);
}

bool oat_address_parse(const char *text, struct oat_address *ret, char *ret_error, size_t error_size)
{
    struct oat_address address = {0};
    struct in_addr ip4;
    struct in6_addr ip6;
    char host[64];
    const char *colon = strrchr(text, ':');
    size_t host_len = colon ? (size_t)(colon - text) : 0;

    if (!colon || host_len == 0 || host_len >= sizeof host || strchr(colon, ']')) {
        snprintf(ret_error, error_size, "\"%.80s\" is not ADDRESS:PORT, for example 127.0.0.1:8787", text);
        return false;
    }
    if (!parse_port(colon + 1, &address.port)) {
        snprintf(ret_error, error_size,
                 "\"%.80s\": expected a port from 1 to 65535, or 0 for any free one, found \"%.20s\"", text,
                 colon + 1);
        return false;
    }
    memcpy(host, text, host_len);
    host[host_len] = '\0';
    if (strcmp(host, "localhost") == 0)
        strcpy(host, "127.0.0.1");

    if (host[0] == '[' && host[host_len - 1] == ']') {
        host[host_len - 1] = '\0';
        if (inet_pton(AF_INET6, host + 1, &ip6) != 1)
            goto not_an_address;
        set_ipv6(&address, ip6);
    } else {
        if (inet_pton(AF_INET, host, &ip4) != 1)
            goto not_an_address;
        set_ipv4(&address, ip4);
    }
    *ret = address;
    return true;

not_an_address:
    snprintf(ret_error, error_size, "\"%.80s\": the address is neither IPv4 nor [IPv6] nor localhost", text);
    return false;
}

static const struct in6_addr *ipv6_of(const struct oat_address *address)
{
    return &((const struct sockaddr_in6 *)&address->socket_address)->sin6_addr;
}

/* In the order of the host. */
static uint32_t ipv4_of(const struct oat_address *address)
{
    return ntohl(((const struct sockaddr_in *)&address->socket_address)->sin_addr.s_addr);
}

bool oat_address_is_loopback(const struct oat_address *address)
{
    return address->socket_address.ss_family == AF_INET6 ? IN6_IS_ADDR_LOOPBACK(ipv6_of(address))
                                                         : ipv4_of(address) >> 24 == IN_LOOPBACKNET;
}

bool oat_address_is_any(const struct oat_address *address)
{
    return address->socket_address.ss_family == AF_INET6 ? IN6_IS_ADDR_UNSPECIFIED(ipv6_of(address))
                                                         : ipv4_of(address) == INADDR_ANY;
}

bool oat_address_is_number(const char *host, size_t len)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr ip;
    bool in_brackets = len > 2 && host[0] == '[' && host[len - 1] == ']';
    size_t text_len = in_brackets ? len - 2 : len;
    if (text_len >= sizeof text)
        return false;
    memcpy(text, in_brackets ? host + 1 : host, text_len);
    text[text_len] = '\0';
    return inet_pton(in_brackets ? AF_INET6 : AF_INET, text, &ip) == 1;
}

/* The one it got: for the sockets that follow, too. */
static void read_port(int fd, struct oat_address *address)
{
    struct sockaddr_storage own;
    socklen_t len = sizeof own;
    if (getsockname(fd, (struct sockaddr *)&own, &len) < 0)
        return;
    address->socket_address = own;
    address->port = ntohs(own.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&own)->sin6_port
                                                    : ((struct sockaddr_in *)&own)->sin_port);
}

/* Returns the descriptor, or -1 with errno. */
static int listen_once(struct oat_address *address)
{
    int family = address->socket_address.ss_family;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    int one = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
        (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) < 0) ||
        bind(fd, (struct sockaddr *)&address->socket_address, address->len) < 0 || listen(fd, BACKLOG) < 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    read_port(fd, address);
    return fd;
}

bool oat_address_of_socket(int fd, struct oat_address *ret)
{
    struct oat_address address = {.inherited_fd = fd};
    socklen_t len = sizeof address.socket_address;
    if (getsockname(fd, (struct sockaddr *)&address.socket_address, &len) < 0)
        return false;
    read_port(fd, &address);
    if (address.socket_address.ss_family == AF_INET)
        set_ipv4(&address, ((const struct sockaddr_in *)&address.socket_address)->sin_addr);
    else if (address.socket_address.ss_family == AF_INET6)
        set_ipv6(&address, *ipv6_of(&address));
    else
        return false;
    *ret = address;
    return true;
}

/* What is accepted does not wait for an acknowledgement, which a client may put off for 40 ms, before the
 * last piece of an answer goes out. -1 and errno. */
static int open_first(struct oat_address *address)
{
    int fd =
        address->inherited_fd > 0 ? fcntl(address->inherited_fd, F_DUPFD_CLOEXEC, 0) : listen_once(address);
    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static void close_all(const int *fds, unsigned count)
{
    int saved = errno;
    for (unsigned i = 0; i < count; i++)
        close(fds[i]);
    errno = saved;
}

bool oat_address_listen(struct oat_address *address, int *ret_fds, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        ret_fds[i] = i == 0 ? open_first(address) : fcntl(ret_fds[0], F_DUPFD_CLOEXEC, 0);
        if (ret_fds[i] >= 0)
            continue;
        close_all(ret_fds, i);
        return false;
    }
    if (address->inherited_fd > 0)
        close(address->inherited_fd);
    address->inherited_fd = 0;
    return true;
}
