#include "compactor/mount.h"

#include "compactor/fs.h"
#include "compactor/sweep.h"
#include "format/day.h"
#include "format/sections.h"
#include "reader/array.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define COPY_BYTES (1u << 20)

struct mounting {
    struct oat_run *run;
    const char *path;
    int dir_fd;
    uint64_t *found; /* generations of the parts there */
    size_t found_count, found_capacity;
    struct oat_manifest_part *copies; /* of them, in days/, not live */
    size_t copy_count;
    struct oat_day_set days;
};

/* ---- What is there ---- */

static int find_part(void *arg, const char *name)
{
    struct mounting *m = arg;
    uint64_t generation;
    if (!oat_generation_name_parse(name, "part", &generation))
        return OAT_OK;
    if (!oat_array_reserve(&m->found, m->found_count, &m->found_capacity, sizeof *m->found))
        return OAT_E_NOMEM;
    m->found[m->found_count++] = generation;
    return OAT_OK;
}

static int find_parts(struct mounting *m)
{
    int result = oat_fs_open_dir(AT_FDCWD, m->path, &m->dir_fd);
    if (result == OAT_NOTFOUND)
        return oat_run_fail(m->run, OAT_E_INVALID, "no folder %s to mount", m->path);
    if (result == OAT_OK)
        result = oat_fs_list(m->dir_fd, find_part, m);
    if (result != OAT_OK)
        return oat_run_fail(m->run, result, "cannot list %s", m->path);
    if (m->found_count == 0)
        return oat_run_fail(m->run, OAT_E_INVALID, "%s holds no parts", m->path);
    m->copies = calloc(m->found_count, sizeof *m->copies);
    return m->copies ? OAT_OK : oat_run_fail(m->run, OAT_E_NOMEM, "mount %s", m->path);
}

/* ---- Copying ---- */

static int copy_bytes(int from, int to, uint8_t *buffer)
{
    uint64_t offset = 0;
    size_t len = 0;
    int result;
    do {
        result = oat_fs_read(from, buffer, COPY_BYTES, offset, &len);
        if (result == OAT_OK && len > 0)
            result = oat_fs_write(to, buffer, len, offset);
        offset += len;
    } while (result == OAT_OK && len == COPY_BYTES);
    return result;
}

/* The copy is never live: it need not be synced. */
static int copy_file(int from, int day_fd, const char *name)
{
    int to;
    uint8_t *buffer = malloc(COPY_BYTES);
    if (!buffer)
        return OAT_E_NOMEM;
    int result = oat_fs_create(day_fd, name, &to);
    if (result == OAT_OK) {
        result = copy_bytes(from, to, buffer);
        oat_fs_close(to);
    }
    free(buffer);
    return result;
}

/* Gives a file of the folder a name in days/<date>, and reads its header, which whoever opens it checks.
 * OAT_NOTFOUND: there is no such file. */
static int take_file(struct mounting *m, const char *name, int days_fd, const char *copy_name,
                     struct oat_disk_file_header *ret_header, uint64_t *ret_bytes)
{
    char date[OAT_DAY_TEXT_SIZE];
    struct oat_disk_file_header header;
    size_t len = 0;
    bool made;
    int from, day_fd;
    int result = oat_fs_open(m->dir_fd, name, &from);
    if (result != OAT_OK)
        return result;
    result = oat_fs_read(from, &header, sizeof header, 0, &len);
    if (result == OAT_OK && (len < sizeof header || oat_le32_get(header.day) > OAT_DAY_MAX))
        result = OAT_E_CORRUPT;
    if (result == OAT_OK) {
        oat_day_print(oat_le32_get(header.day), date);
        result = oat_fs_make_dir(days_fd, date, &day_fd, &made);
    }
    if (result == OAT_OK) {
        result = oat_fs_link(m->dir_fd, name, day_fd, copy_name);
        if (result == OAT_NOTFOUND)
            result = copy_file(from, day_fd, copy_name);
        oat_fs_close(day_fd);
    }
    if (result == OAT_OK)
        result = oat_fs_size(from, ret_bytes);
    oat_fs_close(from);
    if (result == OAT_OK)
        *ret_header = header;
    return result;
}

/* True when both were written together. */
static bool belong_together(const struct oat_disk_file_header *part, const struct oat_disk_file_header *pack)
{
    return memcmp(part->store_id, pack->store_id, sizeof part->store_id) == 0 &&
           oat_le32_get(part->day) == oat_le32_get(pack->day) &&
           oat_le64_get(part->generation) == oat_le64_get(pack->generation);
}

static int take_part(struct mounting *m, int days_fd, uint64_t generation)
{
    struct oat_manifest_part *copy = &m->copies[m->copy_count];
    struct oat_disk_file_header part, pack;
    char name[OAT_GENERATION_NAME_SIZE], copy_name[OAT_GENERATION_NAME_SIZE];
    *copy = (struct oat_manifest_part){.generation = m->run->next_generation++, .arrived_ns = m->run->now_ns};
    oat_generation_name(generation, "part", name);
    oat_generation_name(copy->generation, "part", copy_name);
    int result = take_file(m, name, days_fd, copy_name, &part, &copy->part_bytes);
    if (result == OAT_OK) {
        copy->day = oat_le32_get(part.day);
        copy->nonce = oat_le64_get(part.nonce);
        m->copy_count++;
        oat_generation_name(generation, "pack", name);
        oat_generation_name(copy->generation, "pack", copy_name);
        result = take_file(m, name, days_fd, copy_name, &pack, &copy->pack_bytes);
        if (result == OAT_OK && !belong_together(&part, &pack))
            result = OAT_E_CORRUPT;
        if (result == OAT_OK)
            copy->pack_nonce = oat_le64_get(pack.nonce);
        else if (result == OAT_NOTFOUND) /* a part without payloads has none */
            result = OAT_OK;
    }
    if (result == OAT_OK)
        result = oat_day_set_add(&m->days, copy->day);
    if (result != OAT_OK)
        return oat_run_fail(m->run, result, "cannot take in %s/%s", m->path, name);
    return OAT_OK;
}

static int take_parts(struct mounting *m)
{
    int days_fd;
    bool made;
    int result = oat_fs_make_dir(m->run->store_fd, OAT_DAYS_DIR, &days_fd, &made);
    if (result != OAT_OK)
        return oat_run_fail(m->run, result, "cannot open " OAT_DAYS_DIR);
    for (size_t i = 0; i < m->found_count && result == OAT_OK; i++)
        result = take_part(m, days_fd, m->found[i]);
    oat_fs_close(days_fd);
    return result;
}

/* ---- Making them live ---- */

static int open_sources(struct mounting *m, struct oat_sources **ret)
{
    struct oat_sources *sources = NULL;
    int result = oat_run_open_sources(m->run, &sources);
    for (size_t i = 0; i < m->copy_count && result == OAT_OK; i++) {
        result = oat_sources_add_part(sources, &m->copies[i]);
        if (result != OAT_OK) {
            size_t last = oat_problems_count(&sources->problems);
            const oat_problem *problem = last > 0 ? oat_problems_get(&sources->problems, last - 1) : NULL;
            oat_run_fail(m->run, result, "%s: a part is not good (%s)", m->path,
                         problem ? problem->what : "cannot be opened");
        }
    }
    if (result == OAT_OK)
        *ret = sources;
    else
        oat_sources_close(sources);
    return result;
}

/* The copies go together with the publication that makes their rows live. */
static int publish(struct mounting *m, const struct oat_build_output *output)
{
    struct oat_run *run = m->run;
    struct oat_manifest_retired *retired = calloc(m->copy_count, sizeof *retired);
    if (!retired)
        return oat_run_fail(run, OAT_E_NOMEM, "mount %s", m->path);
    for (size_t i = 0; i < m->copy_count; i++)
        retired[i] = (struct oat_manifest_retired){m->copies[i].day, m->copies[i].generation};
    struct oat_change change = {.added = output->parts,
                                .added_count = output->part_count,
                                .retired = retired,
                                .retired_count = m->copy_count};
    int result = oat_run_publish(run, &change);
    free(retired);
    if (result != OAT_OK)
        return result;
    oat_run_count(run, output);
    run->summary.parts_merged += m->copy_count;
    for (size_t i = 0; i < m->copy_count; i++)
        run->summary.bytes_before += m->copies[i].part_bytes + m->copies[i].pack_bytes;
    return oat_run_add_days(run, &m->days);
}

static int build_and_publish(struct mounting *m)
{
    struct oat_sources *sources = NULL;
    struct oat_build_output output = {0};
    bool damaged = false;
    int result = open_sources(m, &sources);
    if (result != OAT_OK)
        return result;
    result = oat_run_build(m->run, sources, NULL, &m->days, "mounting", &output, &damaged);
    oat_sources_close(sources);
    if (result == OAT_OK && damaged)
        result = oat_run_fail(m->run, OAT_E_CORRUPT, "%s is not mounted", m->path);
    if (result == OAT_OK)
        result = publish(m, &output);
    free(output.parts);
    return result;
}

int oat_mount(struct oat_run *run, const char *path)
{
    struct mounting m = {.run = run, .path = path, .dir_fd = -1};
    int result = find_parts(&m);
    if (result == OAT_OK && run->options->dry_run)
        run->summary.parts_merged += m.found_count;
    else if (result == OAT_OK)
        result = take_parts(&m);
    if (result == OAT_OK && !run->options->dry_run)
        result = build_and_publish(&m);
    if (result != OAT_OK && m.copy_count > 0) {
        int error = errno;
        oat_sweep(run->store_fd, &run->manifest); /* what it leaves, the next run removes */
        errno = error;
    }
    oat_fs_close(m.dir_fd);
    free(m.found);
    free(m.copies);
    free(m.days.days);
    return result;
}
