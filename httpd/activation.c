#include "httpd/activation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_FD 3

/* ---- Sockets ------------------------------------------------------------------------------------- */

/* A number of the environment; -1: there is none. */
static long number_of(const char *variable)
{
    const char *text = getenv(variable);
    char *end = NULL;
    long number = text && *text ? strtol(text, &end, 10) : -1;
    return end && *end == '\0' ? number : -1;
}

static bool is_listening(int fd)
{
    int type = 0, accepts = 0;
    socklen_t len = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != SOCK_STREAM)
        return false;
    len = sizeof accepts;
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &len) == 0 && accepts;
}

/* The list that a socket of this name belongs to. */
static struct oat_addresses *list_of(struct oat_options *options, const char *name)
{
    return strcmp(name, "otlp-http") == 0   ? &options->otlp_http
           : strcmp(name, "otlp-grpc") == 0 ? &options->otlp_grpc
                                            : &options->listen;
}

static bool take_socket(struct oat_options *options, int fd, const char *name, char *ret_error,
                        size_t error_size)
{
    struct oat_addresses *list = list_of(options, name);
    struct oat_address address;
    if (!is_listening(fd) || !oat_address_of_socket(fd, &address)) {
        snprintf(ret_error, error_size, "socket %d that systemd hands over is no listening TCP socket", fd);
        return false;
    }
    if (list->count > 0 && list->all[0].inherited_fd == 0)
        list->count = 0;
    if (list->count == OAT_LISTEN_MAX) {
        snprintf(ret_error, error_size, "systemd hands over more than %u sockets for the same",
                 OAT_LISTEN_MAX);
        return false;
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    list->is_default = false;
    list->all[list->count++] = address;
    return true;
}

bool oat_activation_take(struct oat_options *options, char *ret_error, size_t error_size)
{
    long count = number_of("LISTEN_FDS");
    bool ok = true;
    if (number_of("LISTEN_PID") != (long)getpid() || count <= 0)
        return true;
    char *names = strdup(getenv("LISTEN_FDNAMES") ? getenv("LISTEN_FDNAMES") : ""), *rest = names;
    for (long i = 0; i < count && ok; i++) {
        const char *name = rest ? strsep(&rest, ":") : NULL;
        ok = take_socket(options, FIRST_FD + (int)i, name ? name : "", ret_error, error_size);
    }
    free(names);
    unsetenv("LISTEN_PID"); /* it is not for a child */
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return ok;
}

/* ---- Telling ------------------------------------------------------------------------------------- */

void oat_activation_tell(const char *state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    size_t len = path ? strlen(path) : 0;
    if (len == 0 || len >= sizeof address.sun_path)
        return;
    memcpy(address.sun_path, path, len);
    if (address.sun_path[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    socklen_t address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, address_len);
    close(fd);
}
