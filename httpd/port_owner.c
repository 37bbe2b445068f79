#include "httpd/port_owner.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TCP_LISTEN    0x0a /* the state column of /proc/net/tcp */
#define LISTENERS_MAX 8u   /* sockets that listen on one port: one an address, at most */

struct listeners {
    unsigned long inode[LISTENERS_MAX];
    unsigned count;
};

/* Collects the sockets of a table (/proc/net/tcp, tcp6) that listen on the port. */
static void read_table(const char *path, uint16_t port, struct listeners *found)
{
    char line[512];
    FILE *file = fopen(path, "re");
    if (!file)
        return;
    while (fgets(line, sizeof line, file) && found->count < LISTENERS_MAX) {
        unsigned line_port, state;
        unsigned long inode;
        if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %lu",
                   &line_port, &state, &inode) == 3 &&
            line_port == port && state == TCP_LISTEN)
            found->inode[found->count++] = inode;
    }
    fclose(file);
}

static bool is_listener(const char *link, const struct listeners *listeners)
{
    unsigned long inode;
    if (sscanf(link, "socket:[%lu]", &inode) != 1)
        return false;
    for (unsigned i = 0; i < listeners->count; i++)
        if (listeners->inode[i] == inode)
            return true;
    return false;
}

/* Does the process of this folder of /proc have one of the sockets? */
static bool holds_any(const char *pid, const struct listeners *listeners)
{
    char path[300], link[64];
    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    DIR *dir = opendir(path);
    if (!dir)
        return false;
    bool holds = false;
    for (struct dirent *entry; !holds && (entry = readdir(dir));) {
        ssize_t n = readlinkat(dirfd(dir), entry->d_name, link, sizeof link - 1);
        if (n <= 0)
            continue;
        link[n] = '\0';
        holds = is_listener(link, listeners);
    }
    closedir(dir);
    return holds;
}

static void read_name(const char *pid, char *ret, size_t size)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/comm", pid);
    snprintf(ret, size, "?");
    FILE *file = fopen(path, "re");
    if (!file)
        return;
    if (fgets(ret, (int)size, file))
        ret[strcspn(ret, "\n")] = '\0';
    fclose(file);
}

bool oat_port_owner_find(uint16_t port, struct oat_port_owner *ret)
{
    struct listeners listeners = {.count = 0};
    read_table("/proc/net/tcp", port, &listeners);
    read_table("/proc/net/tcp6", port, &listeners);
    DIR *proc = listeners.count > 0 ? opendir("/proc") : NULL;
    if (!proc)
        return false;
    bool found = false;
    for (struct dirent *entry; !found && (entry = readdir(proc));) {
        if (!isdigit((unsigned char)entry->d_name[0]) || !holds_any(entry->d_name, &listeners))
            continue;
        ret->pid = (pid_t)strtol(entry->d_name, NULL, 10);
        read_name(entry->d_name, ret->name, sizeof ret->name);
        found = true;
    }
    closedir(proc);
    return found;
}
