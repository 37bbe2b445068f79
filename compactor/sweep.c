#include "compactor/sweep.h"

#include "compactor/fs.h"
#include "format/day.h"
#include "format/ids.h"
#include "format/sections.h"
#include "reader/outbox.h"
#include "reader/trace_index.h"
#include "writer/store_dir.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int unlink_if_there(int dir_fd, const char *name)
{
    int result = oat_fs_unlink(dir_fd, name);
    return result == OAT_NOTFOUND ? OAT_OK : result;
}

/* ---- Pairs ---- */

/* .spans first: a .blobs alone is no pair. */
static int remove_pair(int hot_fd, const struct oat_manifest_pair *pair)
{
    char hex[33], name[64];
    oat_hex_print(pair->writer_id, sizeof pair->writer_id, hex);
    snprintf(name, sizeof name, "%s-%08" PRIx32 ".spans", hex, pair->seq);
    int result = unlink_if_there(hot_fd, name);
    if (result != OAT_OK)
        return result;
    snprintf(name, sizeof name, "%s-%08" PRIx32 ".blobs", hex, pair->seq);
    return unlink_if_there(hot_fd, name);
}

/* That it was sent need not be known any more. */
static int forget_sent(int store_fd, const struct oat_manifest_pair *pair)
{
    char name[OAT_OUTBOX_NAME_SIZE];
    oat_outbox_name(pair->writer_id, pair->seq, name);
    return unlink_if_there(store_fd, name);
}

static int remove_pairs(int store_fd, const struct oat_manifest *manifest)
{
    int hot_fd;
    int result = manifest->consumed_count > 0 ? oat_fs_open_dir(store_fd, "hot", &hot_fd) : OAT_NOTFOUND;
    if (result != OAT_OK)
        return result == OAT_NOTFOUND ? OAT_OK : result;
    for (size_t i = 0; i < manifest->consumed_count && result == OAT_OK; i++)
        result = remove_pair(hot_fd, &manifest->consumed[i]);
    if (result == OAT_OK)
        result = oat_fs_sync(hot_fd);
    for (size_t i = 0; i < manifest->consumed_count && result == OAT_OK; i++)
        result = forget_sent(store_fd, &manifest->consumed[i]);
    oat_fs_close(hot_fd);
    return result;
}

/* ---- Folders of parts ---- */

struct sweeping {
    const struct oat_manifest *manifest;
    uint32_t day;     /* of the folder; OAT_NO_DAY: catalog/ */
    int dir_fd;       /* the folder */
    bool removed_any; /* in it */
};

/* Reads the name of a part, pack or catalog. False for any other. */
static bool parse_file_name(const char *name, uint64_t *ret_generation)
{
    return oat_generation_name_parse(name, "part", ret_generation) ||
           oat_generation_name_parse(name, "pack", ret_generation);
}

static bool is_listed(const struct sweeping *s, uint64_t generation)
{
    for (size_t i = 0; i < s->manifest->retired_count; i++)
        if (s->manifest->retired[i].day == s->day && s->manifest->retired[i].generation == generation)
            return true;
    return false;
}

/* Without a MANIFEST nothing can be told to be newer than it. */
static bool is_leftover(const struct sweeping *s, const char *name)
{
    uint64_t generation;
    if (strncmp(name, OAT_TEMP_PREFIX, strlen(OAT_TEMP_PREFIX)) == 0)
        return true;
    if (!parse_file_name(name, &generation) || s->manifest->generation == 0)
        return false;
    return generation > s->manifest->generation || is_listed(s, generation);
}

static int sweep_name(void *arg, const char *name)
{
    struct sweeping *s = arg;
    if (!is_leftover(s, name))
        return OAT_OK;
    s->removed_any = true;
    return unlink_if_there(s->dir_fd, name);
}

/* Sweeps a folder of parts, packs or catalogs. A retired file that is gone may not be gone durably. */
static int sweep_folder(const struct oat_manifest *manifest, int parent_fd, const char *name, uint32_t day)
{
    struct sweeping s = {.manifest = manifest, .day = day};
    int result = oat_fs_open_dir(parent_fd, name, &s.dir_fd);
    if (result != OAT_OK)
        return result == OAT_NOTFOUND ? OAT_OK : result;
    for (size_t i = 0; i < manifest->retired_count; i++)
        s.removed_any = s.removed_any || manifest->retired[i].day == day;
    result = oat_fs_list(s.dir_fd, sweep_name, &s);
    if (result == OAT_OK && s.removed_any)
        result = oat_fs_sync(s.dir_fd);
    oat_fs_close(s.dir_fd);
    return result;
}

struct days {
    const struct oat_manifest *manifest;
    int fd;
};

/* An empty day goes too; that it comes back after a power loss does no harm. */
static int sweep_day(void *arg, const char *name)
{
    const struct days *days = arg;
    uint32_t day;
    if (!oat_day_parse(name, strlen(name), &day))
        return OAT_OK;
    int result = sweep_folder(days->manifest, days->fd, name, day);
    return result == OAT_OK ? oat_fs_remove_dir(days->fd, name) : result;
}

/* Sweeps the days that parts were retired from. */
static int sweep_retired(const struct days *days)
{
    const struct oat_manifest *manifest = days->manifest;
    int result = OAT_OK;
    for (size_t i = 0; i < manifest->retired_count && result == OAT_OK; i++) {
        char name[OAT_DAY_TEXT_SIZE];
        uint32_t day = manifest->retired[i].day;
        if (day == OAT_NO_DAY || (i > 0 && day == manifest->retired[i - 1].day))
            continue;
        oat_day_print(day, name);
        result = sweep_day((void *)(uintptr_t)days, name);
    }
    return result;
}

static int sweep_days(int store_fd, const struct oat_manifest *manifest, bool all)
{
    struct days days = {.manifest = manifest, .fd = -1};
    int result = oat_fs_open_dir(store_fd, OAT_DAYS_DIR, &days.fd);
    if (result != OAT_OK)
        return result == OAT_NOTFOUND ? OAT_OK : result;
    result = all ? oat_fs_list(days.fd, sweep_day, &days) : sweep_retired(&days);
    oat_fs_close(days.fd);
    return result;
}

static int sweep(int store_fd, struct oat_manifest *manifest, bool all_days)
{
    int result = unlink_if_there(store_fd, OAT_TEMP_PREFIX OAT_MANIFEST_NAME);
    if (result == OAT_OK)
        result = unlink_if_there(store_fd, OAT_TEMP_PREFIX OAT_TRACE_INDEX_NAME);
    if (result == OAT_OK)
        result = oat_fs_sync(store_fd);
    if (result == OAT_OK)
        result = remove_pairs(store_fd, manifest);
    if (result == OAT_OK)
        result = sweep_days(store_fd, manifest, all_days);
    if (result == OAT_OK)
        result = sweep_folder(manifest, store_fd, OAT_CATALOG_DIR, OAT_NO_DAY);
    if (result == OAT_OK)
        manifest->consumed_count = manifest->retired_count = 0;
    return result;
}

int oat_sweep(int store_fd, struct oat_manifest *manifest)
{
    return sweep(store_fd, manifest, true);
}

int oat_sweep_retired(int store_fd, struct oat_manifest *manifest)
{
    return sweep(store_fd, manifest, false);
}

/* ---- What is there ---- */

static int look_at_file(void *arg, const char *name)
{
    uint64_t *greatest = arg, generation;
    if (parse_file_name(name, &generation) && generation > *greatest)
        *greatest = generation;
    return OAT_OK;
}

static int look_into(int parent_fd, const char *name, uint64_t *greatest)
{
    int fd;
    int result = oat_fs_open_dir(parent_fd, name, &fd);
    if (result != OAT_OK)
        return result == OAT_NOTFOUND ? OAT_OK : result;
    result = oat_fs_list(fd, look_at_file, greatest);
    oat_fs_close(fd);
    return result;
}

struct looking {
    int days_fd;
    uint64_t greatest;
};

static int look_at_day(void *arg, const char *name)
{
    struct looking *looking = arg;
    uint32_t day;
    return oat_day_parse(name, strlen(name), &day) ? look_into(looking->days_fd, name, &looking->greatest)
                                                   : OAT_OK;
}

int oat_sweep_greatest(int store_fd, uint64_t *ret_generation)
{
    struct looking looking = {0};
    int result = look_into(store_fd, OAT_CATALOG_DIR, &looking.greatest);
    if (result == OAT_OK)
        result = oat_fs_open_dir(store_fd, OAT_DAYS_DIR, &looking.days_fd);
    if (result == OAT_OK) {
        result = oat_fs_list(looking.days_fd, look_at_day, &looking);
        oat_fs_close(looking.days_fd);
    }
    if (result == OAT_OK || result == OAT_NOTFOUND)
        *ret_generation = looking.greatest;
    return result == OAT_NOTFOUND ? OAT_OK : result;
}
