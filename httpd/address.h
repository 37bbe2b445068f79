/* Where the daemon listens: ADDRESS:PORT of the command line. */
#ifndef OAT_HTTPD_ADDRESS_H
#define OAT_HTTPD_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define OAT_LISTEN_MAX 8u  /* addresses for one purpose */
#define OAT_OPEN_MAX   16u /* for all */

struct oat_address {
    struct sockaddr_storage socket_address;
    socklen_t len;
    char host[64];    /* as it stands in a URL: "127.0.0.1", "[::1]" */
    uint16_t port;    /* 0: any free one */
    int inherited_fd; /* a socket that listens there already (activation.h); 0: none */
};

/* Reads "127.0.0.1:8787", "[::1]:8787" or "localhost:8787" (which is 127.0.0.1). On false, *ret_error says
 * what is wrong with it. */
bool oat_address_parse(const char *text, struct oat_address *ret, char *ret_error, size_t error_size);

/* The address of a listening socket, which becomes its inherited_fd. False: it is none of TCP. */
bool oat_address_of_socket(int fd, struct oat_address *ret);

/* Can only this machine reach it? */
bool oat_address_is_loopback(const struct oat_address *address);

/* Is it that of all of this machine's (0.0.0.0, [::])? */
bool oat_address_is_any(const struct oat_address *address);

/* Is a host of a URL, len bytes, an address in numbers: "192.0.2.7", "[2001:db8::7]"? */
bool oat_address_is_number(const char *host, size_t len);

/* Opens a listening, non-blocking socket of the address, and count - 1 copies of it: who is first takes the
 * next connection. With port 0 fills in the one it got. Of an inherited socket all are copies, and it is
 * closed. False, with errno: none is open. */
bool oat_address_listen(struct oat_address *address, int *ret_fds, unsigned count);

#endif
