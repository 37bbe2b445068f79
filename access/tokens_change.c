#include "access/tokens_change.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "format/ids.h"
#include "oat/oat.h"

#define LINE_SIZE 400

/* A change under way: the file as it was, and its directory, locked. */
struct change {
    const char *path;
    char dir[PATH_MAX];
    const char *name; /* of the file within dir; in the caller's path */
    int dir_fd;
    struct oat_tokens tokens;
    char *text; /* NULL: there was no file */
    size_t len;
    char *why;
};

static int fail(const struct change *change, const char *path, const char *what)
{
    int error = errno;
    snprintf(change->why, OAT_TOKENS_WHY_SIZE, "cannot %s %.200s: %s", what, path, strerror(error));
    errno = error;
    return OAT_E_IO;
}

/* The lock is on the directory, since the file is replaced. */
static int lock_dir(struct change *change, bool make)
{
    const char *slash = strrchr(change->path, '/');
    size_t len = slash ? (size_t)(slash - change->path) : 0;
    if (len >= sizeof change->dir || (slash && slash[1] == '\0')) {
        errno = slash && slash[1] == '\0' ? EISDIR : ENAMETOOLONG;
        return fail(change, change->path, "open");
    }
    change->name = slash ? slash + 1 : change->path;
    snprintf(change->dir, sizeof change->dir, "%.*s", slash ? (int)(len > 0 ? len : 1) : 1,
             slash ? change->path : ".");
    if (make && mkdir(change->dir, 0700) < 0 && errno != EEXIST)
        return fail(change, change->dir, "make");
    change->dir_fd = open(change->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (change->dir_fd < 0)
        return errno == ENOENT ? OAT_NOTFOUND : fail(change, change->dir, "open");
    return flock(change->dir_fd, LOCK_EX) == 0 ? OAT_OK : fail(change, change->dir, "lock");
}

static int begin(struct change *change, const char *path, bool make, char *ret_why)
{
    *change = (struct change){.path = path, .dir_fd = -1, .why = ret_why};
    snprintf(ret_why, OAT_TOKENS_WHY_SIZE, "%s: %s", path, strerror(ENOENT));
    int result = lock_dir(change, make);
    if (result == OAT_OK)
        result = oat_tokens_read_text(path, &change->tokens, &change->text, &change->len, ret_why);
    return result == OAT_NOTFOUND && make ? OAT_OK : result;
}

static void end(struct change *change)
{
    oat_tokens_free(&change->tokens);
    free(change->text);
    if (change->dir_fd >= 0)
        close(change->dir_fd);
}

/* Writes a file beside the one there is and puts it in its place. */
static int replace(const struct change *change, const char *text, size_t len)
{
    char temp[NAME_MAX + 1];
    if (snprintf(temp, sizeof temp, ".tmp-%s", change->name) >= (int)sizeof temp) {
        errno = ENAMETOOLONG;
        return fail(change, change->path, "write");
    }
    unlinkat(change->dir_fd, temp, 0); /* of one who was killed here: nobody else has the lock */
    int fd = openat(change->dir_fd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(change, change->path, "write");
    size_t done = 0;
    for (ssize_t n; done < len && (n = write(fd, text + done, len - done)) > 0;)
        done += (size_t)n;
    bool ok = done == len && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    ok =
        ok && renameat(change->dir_fd, temp, change->dir_fd, change->name) == 0 && fsync(change->dir_fd) == 0;
    return ok ? OAT_OK : fail(change, change->path, "write");
}

static int append(const struct change *change, const struct oat_token *token)
{
    char line[LINE_SIZE], hash[2 * OAT_SECRET_HASH_SIZE + 1];
    oat_hex_print(token->hash, sizeof token->hash, hash);
    bool is_ended = change->len == 0 || change->text[change->len - 1] == '\n';
    int line_len = snprintf(line, sizeof line, "%s%s %s %s %s %s\n", is_ended ? "" : "\n", token->name,
                            oat_role_name(token->role), token->project, token->created, hash);
    char *text = malloc(change->len + (size_t)line_len);
    if (!text)
        return OAT_E_NOMEM;
    if (change->len > 0)
        memcpy(text, change->text, change->len);
    memcpy(text + change->len, line, (size_t)line_len);
    int result = replace(change, text, change->len + (size_t)line_len);
    free(text);
    return result;
}

int oat_tokens_add(const char *path, const struct oat_token *token, char ret_why[OAT_TOKENS_WHY_SIZE])
{
    struct change change;
    int result = begin(&change, path, true, ret_why);
    if (result == OAT_OK && oat_tokens_named(&change.tokens, token->name)) {
        snprintf(ret_why, OAT_TOKENS_WHY_SIZE, "%s has a token named %s already", path, token->name);
        result = OAT_E_INVALID;
    }
    if (result == OAT_OK)
        result = append(&change, token);
    end(&change);
    return result;
}

/* Where the line of a name begins: it is there. */
static size_t find_line(const struct change *change, const char *name, size_t *ret_len)
{
    size_t name_len = strlen(name), at = 0;
    for (;;) {
        const char *line = change->text + at;
        const char *newline = memchr(line, '\n', change->len - at);
        size_t len = newline ? (size_t)(newline - line) + 1 : change->len - at;
        if (len > name_len && memcmp(line, name, name_len) == 0 && line[name_len] == ' ') {
            *ret_len = len;
            return at;
        }
        at += len;
    }
}

int oat_tokens_revoke(const char *path, const char *name, char ret_why[OAT_TOKENS_WHY_SIZE])
{
    struct change change;
    int result = begin(&change, path, false, ret_why);
    if (result == OAT_OK && !oat_tokens_named(&change.tokens, name)) {
        snprintf(ret_why, OAT_TOKENS_WHY_SIZE, "%s has no token named %s", path, name);
        result = OAT_NOTFOUND;
    }
    if (result == OAT_OK) {
        size_t len, at = find_line(&change, name, &len);
        memmove(change.text + at, change.text + at + len, change.len - at - len);
        result = replace(&change, change.text, change.len - len);
    }
    end(&change);
    return result;
}
