#include "compactor/sweep_live.h"

#include "compactor/fs.h"
#include "format/identity.h"
#include "format/ids.h"
#include "reader/array.h"
#include "reader/file.h"

#include <stdlib.h>
#include <string.h>

#define HEX_LEN 32u /* of a writer id, which the names in hot/ begin with */

struct writers {
    uint8_t (*ids)[16];
    size_t count, capacity;
};

struct names {
    struct writers live;  /* with a .live */
    struct writers pairs; /* with files of a pair */
};

static int add(struct writers *writers, const uint8_t id[16])
{
    if (!oat_array_reserve(&writers->ids, writers->count, &writers->capacity, sizeof *writers->ids))
        return OAT_E_NOMEM;
    memcpy(writers->ids[writers->count++], id, sizeof *writers->ids);
    return OAT_OK;
}

static int sort_name(void *arg, const char *name)
{
    struct names *names = arg;
    uint8_t id[16];
    if (strlen(name) <= HEX_LEN || !oat_hex_parse(name, HEX_LEN, id, sizeof id))
        return OAT_OK;
    return add(strcmp(name + HEX_LEN, ".live") == 0 ? &names->live : &names->pairs, id);
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

static bool has_pairs(const struct names *names, const uint8_t id[16])
{
    return names->pairs.count > 0 &&
           bsearch(id, names->pairs.ids, names->pairs.count, sizeof *names->pairs.ids, compare_ids) != NULL;
}

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

static int sweep(const struct oat_sources *sources, struct names *names)
{
    int result = oat_fs_list(sources->hot_fd, sort_name, names);
    if (names->pairs.count > 1)
        qsort(names->pairs.ids, names->pairs.count, sizeof *names->pairs.ids, compare_ids);
    for (size_t i = 0; i < names->live.count && result == OAT_OK; i++) {
        char name[HEX_LEN + sizeof ".live"];
        oat_hex_print(names->live.ids[i], 16, name);
        strcpy(name + HEX_LEN, ".live");
        if (!has_pairs(names, names->live.ids[i]) && is_dead(sources, name, names->live.ids[i]))
            result = oat_fs_unlink(sources->hot_fd, name);
        if (result == OAT_NOTFOUND)
            result = OAT_OK;
    }
    return result;
}

int oat_sweep_live(const struct oat_sources *sources)
{
    struct names names = {0};
    int result = sources->hot_fd >= 0 ? sweep(sources, &names) : OAT_OK;
    free(names.live.ids);
    free(names.pairs.ids);
    return result;
}
