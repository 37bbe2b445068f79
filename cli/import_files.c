#include "cli/import_files.h"

#include "ingest/chat_run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX     ((uint64_t)UINT32_MAX)
#define FOLDERS_DEEP 64u

static char *join(const char *folder, const char *name)
{
    char *path;
    size_t n = strlen(folder);
    const char *slash = n > 0 && folder[n - 1] == '/' ? "" : "/";
    return asprintf(&path, "%s%s%s", folder, slash, name) < 0 ? NULL : path;
}

static struct oat_import_unit *new_unit(struct oat_import_list *list, const char *path)
{
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 64;
        struct oat_import_unit *units = realloc(list->units, room * sizeof *units);
        if (!units)
            return NULL;
        list->units = units;
        list->room = room;
    }
    char *copy = strdup(path);
    if (!copy)
        return NULL;
    list->units[list->count] = (struct oat_import_unit){.path = copy};
    return &list->units[list->count++];
}

void oat_import_list_free(struct oat_import_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        for (size_t k = 0; k < list->units[i].name_count; k++)
            free(list->units[i].names[k]);
        free(list->units[i].names);
        free(list->units[i].path);
    }
    free(list->units);
    *list = (struct oat_import_list){0};
}

/* ---- Folders ------------------------------------------------------------------------------ */

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void free_names(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

/* The names in a folder, sorted. */
static int read_names(const char *path, char ***ret_names, size_t *ret_count)
{
    char **names = NULL;
    size_t count = 0, room = 0;
    int result = OAT_E_IO;
    DIR *folder = opendir(path);
    if (!folder)
        return OAT_E_IO;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry)
            break;
        if (entry->d_name[0] == '.')
            continue;
        if (count == room) {
            room = room ? room * 2 : 64;
            char **more = realloc(names, room * sizeof *names);
            if (!more)
                goto no_memory;
            names = more;
        }
        names[count] = strdup(entry->d_name);
        if (!names[count])
            goto no_memory;
        count++;
    }
    if (errno == 0) {
        if (count > 1)
            qsort(names, count, sizeof *names, compare_names);
        *ret_names = names;
        *ret_count = count;
        closedir(folder);
        return OAT_OK;
    }
    goto fail;
no_memory:
    result = OAT_E_NOMEM;
fail:
    free_names(names, count);
    closedir(folder);
    return result;
}

/* A folder with a recorded conversation is a run: its files are taken out of the names and become
 * one unit. */
static int take_run(struct oat_import_list *list, const char *path, char **names, size_t count)
{
    bool is_run = false;
    for (size_t i = 0; i < count; i++)
        is_run =
            is_run || (strncmp(names[i], "conversation_round_", 19) == 0 && oat_import_is_run_file(names[i]));
    if (!is_run)
        return OAT_OK;
    struct oat_import_unit *unit = new_unit(list, path);
    if (!unit || !(unit->names = calloc(count, sizeof *unit->names)))
        return OAT_E_NOMEM;
    for (size_t i = 0; i < count; i++) {
        struct stat st;
        if (!oat_import_is_run_file(names[i]))
            continue;
        char *file = join(path, names[i]);
        if (!file)
            return OAT_E_NOMEM;
        if (lstat(file, &st) == 0 && S_ISREG(st.st_mode)) {
            unit->bytes += (uint64_t)st.st_size;
            unit->names[unit->name_count++] = names[i];
            names[i] = NULL;
        }
        free(file);
    }
    list->bytes += unit->bytes;
    return OAT_OK;
}

static int add_path(struct oat_import_list *list, const char *path, unsigned depth, char **ret_path);

static int add_folder(struct oat_import_list *list, const char *path, unsigned depth, char **ret_path)
{
    char **names = NULL;
    size_t count = 0;
    int result = depth < FOLDERS_DEEP ? read_names(path, &names, &count) : (errno = ELOOP, OAT_E_IO);
    if (result == OAT_E_IO)
        *ret_path = strdup(path);
    if (result == OAT_OK)
        result = take_run(list, path, names, count);
    for (size_t i = 0; i < count && result == OAT_OK; i++) {
        if (!names[i])
            continue;
        char *below = join(path, names[i]);
        result = below ? add_path(list, below, depth + 1, ret_path) : OAT_E_NOMEM;
        free(below);
    }
    free_names(names, count);
    return result;
}

/* Named paths are followed if they are links; those found below folders are not. */
static int add_path(struct oat_import_list *list, const char *path, unsigned depth, char **ret_path)
{
    struct stat st;
    if ((depth == 0 ? stat(path, &st) : lstat(path, &st)) != 0) {
        *ret_path = strdup(path);
        return OAT_E_IO;
    }
    if (S_ISDIR(st.st_mode))
        return add_folder(list, path, depth, ret_path);
    if (depth > 0 && !S_ISREG(st.st_mode))
        return OAT_OK;
    struct oat_import_unit *unit = new_unit(list, path);
    if (!unit)
        return OAT_E_NOMEM;
    unit->bytes = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    list->bytes += unit->bytes;
    return OAT_OK;
}

int oat_import_list_add(struct oat_import_list *list, const char *path, char **ret_path)
{
    return add_path(list, path, 0, ret_path);
}

/* ---- Files -------------------------------------------------------------------------------- */

/* Reads to the end, whatever the size was said to be: pipes have none. */
static int read_all(int fd, size_t expected, uint8_t **ret_bytes, size_t *ret_len)
{
    size_t room = expected + 1, len = 0;
    uint8_t *bytes = malloc(room);
    int result = OAT_E_NOMEM;
    while (bytes) {
        if (len == room) {
            uint8_t *more = room < FILE_MAX ? realloc(bytes, room * 2) : NULL;
            if (!more) {
                result = room < FILE_MAX ? OAT_E_NOMEM : OAT_E_LIMIT;
                break;
            }
            bytes = more;
            room *= 2;
        }
        ssize_t n = read(fd, bytes + len, room - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            result = OAT_E_IO;
            break;
        }
        if (n == 0) {
            *ret_bytes = bytes;
            *ret_len = len;
            return OAT_OK;
        }
        len += (size_t)n;
    }
    free(bytes);
    return result;
}

int oat_import_read_file(const char *folder, const char *name, uint8_t **ret_bytes, size_t *ret_len)
{
    struct stat st;
    char *path = folder ? join(folder, name) : strdup(name);
    if (!path)
        return OAT_E_NOMEM;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    free(path);
    if (fd < 0)
        return OAT_E_IO;
    int result = fstat(fd, &st) == 0 ? OAT_OK : OAT_E_IO;
    if (result == OAT_OK && (uint64_t)st.st_size > FILE_MAX)
        result = OAT_E_LIMIT;
    if (result == OAT_OK)
        result = read_all(fd, S_ISREG(st.st_mode) ? (size_t)st.st_size : 65535, ret_bytes, ret_len);
    int saved = errno;
    close(fd);
    errno = saved;
    return result;
}
