#include "compactor/sweep_live.h"

#include "compactor/fs.h"
#include "format/identity.h"
#include "format/ids.h"
#include "reader/array.h"
#include "reader/file.h"
#include "writer/store_dir.h"

#include <stdlib.h>
#include <string.h>

#define HEX_LEN   32u /* of a writer id, which the names in hot/ begin with */
#define NAME_SIZE 64u
#define LIVE      ".live"

struct writer {
    uint8_t id[16];
    bool has_pairs;
};

/* A file of a dead writer that is of no use without .spans. */
struct remains {
    size_t writer;
    char name[NAME_SIZE];
};

struct names {
    const struct oat_sources *sources;
    struct writer *dead; /* by id */
    size_t dead_count, dead_capacity;
    struct remains *remains;
    size_t remains_count, remains_capacity;
};

/* A file that is damaged says nothing about its writer. */
static bool is_dead(const struct oat_sources *sources, const char *name, const uint8_t id[16])
{
    struct oat_disk_live live;
    struct oat_file file;
    struct oat_pair pair = {0};
    const char *found;
    size_t len = 0;
    if (oat_file_open(&file, sources->hot_fd, name, true, &found) != OAT_OK)
        return false;
    int result = oat_file_read(&file, &live, sizeof live, 0, &len);
    oat_file_close(&file);
    if (result != OAT_OK || len < sizeof live || oat_live_file_check(&live, NULL) != OAT_OK ||
        memcmp(live.writer_id, id, sizeof live.writer_id) != 0)
        return false;
    memcpy(pair.writer_id, id, sizeof pair.writer_id);
    memcpy(pair.machine_id, live.machine_id, sizeof pair.machine_id);
    memcpy(pair.boot_id, live.boot_id, sizeof pair.boot_id);
    return oat_sources_probe(sources, &pair) == OAT_WRITER_DEAD;
}

/* The writer in a name of hot/, and where the name goes on behind it; NULL: there is none. */
static const char *parse(const char *name, uint8_t ret_id[16])
{
    return strlen(name) > HEX_LEN && oat_hex_parse(name, HEX_LEN, ret_id, 16) ? name + HEX_LEN : NULL;
}

static int note_dead(void *arg, const char *name)
{
    struct names *names = arg;
    uint8_t id[16];
    const char *rest = parse(name, id);
    if (!rest || strcmp(rest, LIVE) != 0 || !is_dead(names->sources, name, id))
        return OAT_OK;
    if (!oat_array_reserve(&names->dead, names->dead_count, &names->dead_capacity, sizeof *names->dead))
        return OAT_E_NOMEM;
    struct writer *writer = &names->dead[names->dead_count++];
    *writer = (struct writer){0};
    memcpy(writer->id, id, sizeof writer->id);
    return OAT_OK;
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(a, ((const struct writer *)b)->id, 16);
}

static int compare_writers(const void *a, const void *b)
{
    return compare_ids(((const struct writer *)a)->id, b);
}

static bool ends_in(const char *name, const char *suffix)
{
    size_t len = strlen(name), suffix_len = strlen(suffix);
    return len >= suffix_len && strcmp(name + len - suffix_len, suffix) == 0;
}

static int note_files(void *arg, const char *name)
{
    struct names *names = arg;
    uint8_t id[16];
    bool temporary = strncmp(name, OAT_TEMP_PREFIX, strlen(OAT_TEMP_PREFIX)) == 0;
    if (!parse(temporary ? name + strlen(OAT_TEMP_PREFIX) : name, id) || strlen(name) >= NAME_SIZE)
        return OAT_OK;
    struct writer *writer = bsearch(id, names->dead, names->dead_count, sizeof *writer, compare_ids);
    if (!writer || (!temporary && ends_in(name, LIVE)))
        return OAT_OK;
    if (!temporary && !ends_in(name, ".blobs")) {
        writer->has_pairs = true;
        return OAT_OK;
    }
    if (!oat_array_reserve(&names->remains, names->remains_count, &names->remains_capacity,
                           sizeof *names->remains))
        return OAT_E_NOMEM;
    struct remains *remains = &names->remains[names->remains_count++];
    remains->writer = (size_t)(writer - names->dead);
    strcpy(remains->name, name);
    return OAT_OK;
}

static int unlink_if_there(const struct oat_sources *sources, const char *name)
{
    int result = oat_fs_unlink(sources->hot_fd, name);
    return result == OAT_NOTFOUND ? OAT_OK : result;
}

/* The .live goes last: with it goes what says that the writer is dead. */
static int remove_all(const struct names *names)
{
    int result = OAT_OK;
    for (size_t i = 0; i < names->remains_count && result == OAT_OK; i++)
        if (!names->dead[names->remains[i].writer].has_pairs)
            result = unlink_if_there(names->sources, names->remains[i].name);
    for (size_t i = 0; i < names->dead_count && result == OAT_OK; i++) {
        char name[HEX_LEN + sizeof LIVE];
        oat_hex_print(names->dead[i].id, 16, name);
        strcpy(name + HEX_LEN, LIVE);
        if (!names->dead[i].has_pairs)
            result = unlink_if_there(names->sources, name);
    }
    return result;
}

/* Files are listed when their writers are known to be dead: from then on there are no new ones. */
static int sweep(struct names *names)
{
    int hot_fd = names->sources->hot_fd;
    int result = oat_fs_list(hot_fd, note_dead, names);
    if (result != OAT_OK || names->dead_count == 0)
        return result;
    qsort(names->dead, names->dead_count, sizeof *names->dead, compare_writers);
    result = oat_fs_list(hot_fd, note_files, names);
    return result == OAT_OK ? remove_all(names) : result;
}

int oat_sweep_live(const struct oat_sources *sources)
{
    struct names names = {.sources = sources};
    int result = sources->hot_fd >= 0 ? sweep(&names) : OAT_OK;
    free(names.dead);
    free(names.remains);
    return result;
}
