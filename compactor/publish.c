#include "compactor/publish.h"

#include "compactor/fs.h"
#include "compactor/manifest_write.h"
#include "format/day.h"
#include "format/sections.h"

#include <stdlib.h>
#include <string.h>

/* ---- Folders ---- */

/* Makes the entries of a folder durable. */
static int sync_dir(int dir_fd, const char *name)
{
    int fd;
    int result = oat_fs_open_dir(dir_fd, name, &fd);
    if (result != OAT_OK)
        return result == OAT_NOTFOUND ? OAT_E_IO : result;
    result = oat_fs_sync(fd);
    oat_fs_close(fd);
    return result;
}

static bool is_day_of_one_before(const struct oat_change *change, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (change->added[k].day == change->added[i].day)
            return true;
    return false;
}

static int sync_days(int store_fd, const struct oat_change *change)
{
    int days_fd;
    int result = oat_fs_open_dir(store_fd, OAT_DAYS_DIR, &days_fd);
    if (result != OAT_OK)
        return result == OAT_NOTFOUND ? OAT_E_IO : result;
    for (size_t i = 0; i < change->added_count && result == OAT_OK; i++) {
        char name[OAT_DAY_TEXT_SIZE];
        oat_day_print(change->added[i].day, name);
        result = is_day_of_one_before(change, i) ? OAT_OK : sync_dir(days_fd, name);
    }
    if (result == OAT_OK)
        result = oat_fs_sync(days_fd);
    oat_fs_close(days_fd);
    return result;
}

/* What MANIFEST is going to name must be found after a crash. */
static int sync_folders(int store_fd, const struct oat_change *change)
{
    int result = change->added_count > 0 ? sync_days(store_fd, change) : OAT_OK;
    if (result == OAT_OK && change->catalog.generation > 0)
        result = sync_dir(store_fd, OAT_CATALOG_DIR);
    return result == OAT_OK ? oat_fs_sync(store_fd) : result;
}

/* ---- The new live set ---- */

static bool is_retired(const struct oat_change *change, const struct oat_manifest_part *part)
{
    for (size_t i = 0; i < change->retired_count; i++)
        if (change->retired[i].day == part->day && change->retired[i].generation == part->generation)
            return true;
    return false;
}

static void set_parts(const struct oat_manifest *old, const struct oat_change *change,
                      struct oat_manifest *manifest)
{
    for (size_t i = 0; i < old->part_count; i++)
        if (!is_retired(change, &old->parts[i]))
            manifest->parts[manifest->part_count++] = old->parts[i];
    for (size_t i = 0; i < change->added_count; i++)
        manifest->parts[manifest->part_count++] = change->added[i];
}

/* Lists what has to be removed: now, and still since an earlier publication. */
static void set_leftovers(const struct oat_manifest *old, const struct oat_change *change,
                          struct oat_manifest *manifest)
{
    for (size_t i = 0; i < old->consumed_count; i++)
        manifest->consumed[manifest->consumed_count++] = old->consumed[i];
    for (size_t i = 0; i < change->consumed_count; i++)
        manifest->consumed[manifest->consumed_count++] = change->consumed[i];
    for (size_t i = 0; i < old->retired_count; i++)
        manifest->retired[manifest->retired_count++] = old->retired[i];
    for (size_t i = 0; i < change->retired_count; i++)
        manifest->retired[manifest->retired_count++] = change->retired[i];
}

static void set_catalog(const struct oat_manifest *old, const struct oat_change *change,
                        struct oat_manifest *manifest)
{
    manifest->catalog_generation = old->catalog_generation;
    manifest->catalog_bytes = old->catalog_bytes;
    manifest->catalog_nonce = old->catalog_nonce;
    if (change->catalog.generation == 0)
        return;
    if (old->catalog_generation > 0)
        manifest->retired[manifest->retired_count++] =
            (struct oat_manifest_retired){OAT_NO_DAY, old->catalog_generation};
    manifest->catalog_generation = change->catalog.generation;
    manifest->catalog_bytes = change->catalog.bytes;
    manifest->catalog_nonce = change->catalog.nonce;
}

static int apply(const struct oat_manifest *old, const struct oat_change *change, uint64_t generation,
                 struct oat_manifest *ret)
{
    struct oat_manifest manifest = {.generation = generation};
    manifest.parts = calloc(old->part_count + change->added_count + 1, sizeof *manifest.parts);
    manifest.consumed = calloc(old->consumed_count + change->consumed_count + 1, sizeof *manifest.consumed);
    manifest.retired = calloc(old->retired_count + change->retired_count + 1, sizeof *manifest.retired);
    if (!manifest.parts || !manifest.consumed || !manifest.retired) {
        oat_manifest_clear(&manifest);
        return OAT_E_NOMEM;
    }
    set_parts(old, change, &manifest);
    set_leftovers(old, change, &manifest);
    set_catalog(old, change, &manifest);
    oat_manifest_sort(&manifest);
    *ret = manifest;
    return OAT_OK;
}

int oat_publish(int store_fd, const struct oat_disk_store *store, struct oat_manifest *manifest,
                const struct oat_change *change, uint64_t generation, uint64_t now_ns)
{
    struct oat_manifest next;
    int result = sync_folders(store_fd, change);
    if (result == OAT_OK)
        result = apply(manifest, change, generation, &next);
    if (result != OAT_OK)
        return result;
    result = oat_manifest_write(store_fd, store, &next, now_ns);
    if (result == OAT_OK)
        result = oat_fs_sync(store_fd);
    if (result != OAT_OK) {
        oat_manifest_clear(&next);
        return result;
    }
    oat_manifest_clear(manifest);
    *manifest = next;
    return OAT_OK;
}
