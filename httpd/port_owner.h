/* Who listens on a TCP port of this machine. */
#ifndef OAT_HTTPD_PORT_OWNER_H
#define OAT_HTTPD_PORT_OWNER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct oat_port_owner {
    pid_t pid;
    char name[32];
};

/* Finds a process that listens on the port, on any address. Sees only processes whose descriptors
 * the caller may list: usually the user's own. */
bool oat_port_owner_find(uint16_t port, struct oat_port_owner *ret);

#endif
