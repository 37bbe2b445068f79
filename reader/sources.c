#include "reader/sources.h"

#include "format/identity.h"
#include "format/ids.h"
#include "reader/array.h"
#include "reader/part.h"
#include "reader/replica.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEPT_OPEN_MAX 64u /* pairs whose files stay open; descriptors are the host's, and few */

/* OAT_OK also when there is no hot/ yet. */
static int open_hot(struct oat_sources *sources)
{
    sources->hot_fd = openat(sources->store_fd, "hot", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (sources->hot_fd >= 0 || errno == ENOENT)
        return OAT_OK;
    if (errno != ENOTDIR && errno != ELOOP)
        return OAT_E_IO;
    oat_problems_add(&sources->problems, OAT_PROBLEM_CORRUPT, "hot", 0, "file type", "directory", "another");
    return OAT_OK;
}

int oat_sources_open(int store_fd, struct oat_sources **ret_sources)
{
    struct oat_sources *sources = calloc(1, sizeof *sources);
    if (!sources)
        return OAT_E_NOMEM;
    oat_problems_init(&sources->problems);
    oat_strings_init(&sources->strings);
    oat_decoders_init(&sources->decoders);
    oat_host_read(&sources->host);
    sources->store_fd = store_fd;
    sources->hot_fd = -1;
    *ret_sources = sources;
    return OAT_OK;
}

void oat_sources_close(struct oat_sources *sources)
{
    if (!sources)
        return;
    int error = errno;
    for (size_t i = 0; i < sources->pair_count; i++) {
        oat_pair_close(sources->pairs[i]);
        free(sources->pairs[i]);
    }
    free(sources->pairs);
    for (size_t i = 0; i < sources->part_count; i++)
        oat_part_close(sources->parts[i]);
    free(sources->parts);
    free(sources->by_name);
    if (sources->hot_fd >= 0)
        close(sources->hot_fd);
    oat_strings_clear(&sources->strings);
    oat_decoders_clear(&sources->decoders);
    oat_problems_clear(&sources->problems);
    free(sources);
    errno = error;
}

/* ---- Places ---- */

enum oat_liveness oat_sources_liveness(const struct oat_sources *sources, uint32_t source)
{
    const struct oat_pair *pair = oat_sources_pair(sources, source);
    return pair ? pair->liveness : OAT_WRITER_DEAD;
}

void oat_sources_report(struct oat_sources *sources, uint32_t source, uint32_t place,
                        enum oat_problem_kind kind, const char *what, const char *expected, const char *found)
{
    const struct oat_pair *pair = oat_sources_pair(sources, source);
    oat_problems_add(&sources->problems, kind,
                     pair ? pair->spans_path : oat_part_path(oat_sources_part(sources, source)),
                     pair ? oat_slot_offset(place) : place, what, expected, found);
}

/* ---- Liveness ---- */

static bool is_zero(const uint8_t id[16])
{
    static const uint8_t zero[16];
    return memcmp(id, zero, sizeof zero) == 0;
}

/* True when the writer's .live is whole and some process holds its lock. */
static bool is_locked(int hot_fd, const uint8_t writer_id[16])
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct oat_disk_live live;
    struct oat_file file;
    const char *what;
    char hex[33], name[48];
    size_t len = 0;

    oat_hex_print(writer_id, 16, hex);
    snprintf(name, sizeof name, "%s.live", hex);
    if (oat_file_open(&file, hot_fd, name, true, &what) != OAT_OK)
        return false;
    bool locked = oat_file_read(&file, &live, sizeof live, 0, &len) == OAT_OK && len == sizeof live &&
                  oat_live_file_check(&live, NULL) == OAT_OK && memcmp(live.writer_id, writer_id, 16) == 0 &&
                  fcntl(file.fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    oat_file_close(&file);
    return locked;
}

/* SPEC.md, Liveness file: a lock is the kernel's, and a boot id says which kernel; containers of
 * one machine have machine ids of their own. */
enum oat_liveness oat_sources_probe(const struct oat_sources *sources, const struct oat_pair *pair)
{
    struct oat_disk_replica replica;
    int result = oat_replica_read(sources->store_fd, pair->writer_id, &replica);
    if (result != OAT_NOTFOUND)
        return result == OAT_OK ? oat_replica_liveness(&replica, oat_replica_now_ns()) : OAT_WRITER_LOST;
    bool same_boot = memcmp(pair->boot_id, sources->host.boot_id, 16) == 0;
    bool same_machine = memcmp(pair->machine_id, sources->host.machine_id, 16) == 0;
    if (!same_machine && (!same_boot || is_zero(pair->boot_id)))
        return OAT_WRITER_UNKNOWN;
    if (!same_boot)
        return OAT_WRITER_DEAD;
    return is_locked(sources->hot_fd, pair->writer_id) ? OAT_WRITER_ALIVE : OAT_WRITER_DEAD;
}

/* ---- Listing ---- */

struct pair_name {
    uint8_t writer_id[16];
    uint32_t seq;
};

struct pair_names {
    struct pair_name *names;
    size_t count;
    size_t capacity;
};

static int compare(const uint8_t writer_a[16], uint32_t seq_a, const uint8_t writer_b[16], uint32_t seq_b)
{
    int order = memcmp(writer_a, writer_b, 16);
    return order != 0 ? order : seq_a < seq_b ? -1 : seq_a > seq_b;
}

static int compare_names(const void *x, const void *y)
{
    const struct pair_name *a = x, *b = y;
    return compare(a->writer_id, a->seq, b->writer_id, b->seq);
}

static int compare_pairs(const void *x, const void *y)
{
    const struct oat_pair *a = *(struct oat_pair *const *)x, *b = *(struct oat_pair *const *)y;
    return compare(a->writer_id, a->seq, b->writer_id, b->seq);
}

static int compare_to_pair(const void *name, const void *pair)
{
    const struct pair_name *a = name;
    const struct oat_pair *b = *(struct oat_pair *const *)pair;
    return compare(a->writer_id, a->seq, b->writer_id, b->seq);
}

static int add_name(struct pair_names *list, const struct pair_name *name)
{
    if (!oat_array_reserve(&list->names, list->count, &list->capacity, sizeof *list->names))
        return OAT_E_NOMEM;
    list->names[list->count++] = *name;
    return OAT_OK;
}

static int read_names(DIR *dir, struct pair_names *list)
{
    struct pair_name name;
    const struct dirent *entry;
    for (;;) {
        errno = 0;
        entry = readdir(dir);
        if (!entry)
            return errno ? OAT_E_IO : OAT_OK;
        if (!oat_pair_name_parse(entry->d_name, name.writer_id, &name.seq))
            continue;
        int result = add_name(list, &name);
        if (result != OAT_OK)
            return result;
    }
}

static int list_pairs(int hot_fd, struct pair_names *ret)
{
    struct pair_names list = {0};
    /* A descriptor of its own: readdir moves the offset, and snapshots share hot_fd. */
    int fd = openat(hot_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return OAT_E_IO;
    }
    int result = read_names(dir, &list);
    int error = errno;
    closedir(dir);
    errno = error;
    if (result != OAT_OK) {
        free(list.names);
        return result;
    }
    if (list.count > 1)
        qsort(list.names, list.count, sizeof *list.names, compare_names);
    *ret = list;
    return OAT_OK;
}

/* known: how many pairs by_name holds. */
static bool is_known(const struct oat_sources *sources, size_t known, const struct pair_name *name)
{
    return known > 0 &&
           bsearch(name, sources->by_name, known, sizeof *sources->by_name, compare_to_pair) != NULL;
}

static int add_pair(struct oat_sources *sources, const struct pair_name *name)
{
    if (!oat_array_reserve(&sources->pairs, sources->pair_count, &sources->pair_capacity,
                           sizeof *sources->pairs) ||
        !oat_array_reserve(&sources->by_name, sources->pair_count, &sources->by_name_capacity,
                           sizeof *sources->by_name))
        return OAT_E_NOMEM;
    struct oat_pair *pair = malloc(sizeof *pair);
    if (!pair)
        return OAT_E_NOMEM;
    oat_pair_open(pair, sources->hot_fd, name->writer_id, name->seq, sources->pair_count < KEPT_OPEN_MAX,
                  &sources->problems);
    pair->decoders = &sources->decoders;
    pair->forgotten = sources->forgotten;
    pair->index = (uint32_t)sources->pair_count;
    sources->pairs[sources->pair_count++] = pair;
    return OAT_OK;
}

/* Liveness first: a writer that dies after the probe reads as alive with all it wrote. Looks at the pairs
 * from `first` on; those below `known` were looked at before, and what was dead is so still. */
static void measure(struct oat_sources *sources, size_t first, size_t known)
{
    const struct oat_pair *before = NULL;
    for (size_t i = 0; i < sources->pair_count; i++) {
        struct oat_pair *pair = sources->by_name[i];
        bool is_known = pair->index < known;
        pair->changed = false;
        if (pair->index < first || !pair->usable || (is_known && pair->liveness == OAT_WRITER_DEAD))
            continue;
        bool probed = before && oat_pair_same_writer(before, pair);
        enum oat_liveness now = probed ? before->liveness : oat_sources_probe(sources, pair);
        pair->changed = is_known && pair->liveness != now;
        pair->liveness = now;
        before = pair;
    }
    for (size_t i = first; i < sources->pair_count; i++)
        if (sources->pairs[i]->usable && !sources->pairs[i]->finished)
            oat_pair_measure(sources->pairs[i], &sources->problems);
}

static void sort_by_name(struct oat_sources *sources)
{
    for (size_t i = 0; i < sources->pair_count; i++)
        sources->by_name[i] = sources->pairs[i];
    if (sources->pair_count > 1)
        qsort(sources->by_name, sources->pair_count, sizeof *sources->by_name, compare_pairs);
}

/* An OPEN counts in its writer's newest `carried` pair and in later ones. */
static void mark_counting(struct oat_sources *sources)
{
    bool carried_later = false;
    for (size_t i = sources->pair_count; i-- > 0;) {
        struct oat_pair *pair = sources->by_name[i];
        if (i + 1 < sources->pair_count && !oat_pair_same_writer(pair, sources->by_name[i + 1]))
            carried_later = false;
        pair->changed = pair->changed || (pair->opens_count && carried_later);
        pair->opens_count = !carried_later;
        carried_later = carried_later || (pair->usable && pair->carried);
    }
}

/* True when all pairs of the set are in hot/ still, and can be read. */
static bool are_there(const struct oat_sources *sources, const struct pair_names *list)
{
    size_t found = 0;
    for (size_t i = 0; i < list->count; i++)
        found += is_known(sources, sources->pair_count, &list->names[i]);
    for (size_t i = 0; i < sources->pair_count; i++)
        if (!sources->pairs[i]->usable || !sources->pairs[i]->has_blobs)
            return false;
    return found == sources->pair_count;
}

/* Adds the pairs that are new, and looks at those from `first` on. */
static int look(struct oat_sources *sources, const struct oat_manifest *manifest, size_t first)
{
    struct pair_names list;
    size_t known = sources->pair_count;
    int result = list_pairs(sources->hot_fd, &list);
    if (result != OAT_OK)
        return result;
    if (first < known && !are_there(sources, &list))
        result = OAT_E_STALE;
    for (size_t i = 0; i < list.count && result == OAT_OK; i++)
        if (!is_known(sources, known, &list.names[i]) &&
            !(manifest && oat_manifest_consumed(manifest, list.names[i].writer_id, list.names[i].seq)))
            result = add_pair(sources, &list.names[i]);
    free(list.names);
    sort_by_name(sources);
    if (result == OAT_OK)
        measure(sources, first, known);
    mark_counting(sources);
    return result;
}

int oat_sources_add_new(struct oat_sources *sources, const struct oat_manifest *manifest)
{
    int result = sources->hot_fd < 0 ? open_hot(sources) : OAT_OK;
    if (result != OAT_OK || sources->hot_fd < 0)
        return result;
    return look(sources, manifest, sources->pair_count);
}

int oat_sources_renew(struct oat_sources *sources, const struct oat_manifest *manifest)
{
    return sources->hot_fd < 0 ? OAT_E_STALE : look(sources, manifest, 0);
}

/* ---- Forgotten content ---- */

/* What was read before may hold what is to be forgotten. */
static void forget_read(struct oat_sources *sources)
{
    oat_strings_forget(&sources->strings);
    oat_decoders_clear(&sources->decoders);
    oat_decoders_init(&sources->decoders);
}

void oat_sources_set_forgotten(struct oat_sources *sources, const struct oat_forgotten *in_pairs,
                               const struct oat_forgotten *in_parts)
{
    sources->forgotten = in_pairs;
    sources->forgotten_in_parts = in_parts;
    for (size_t i = 0; i < sources->pair_count; i++)
        sources->pairs[i]->forgotten = in_pairs;
    forget_read(sources);
}

/* ---- Choosing ---- */

void oat_sources_keep(struct oat_sources *sources, const bool *keep)
{
    size_t kept = 0;
    for (size_t i = 0; i < sources->pair_count; i++) {
        struct oat_pair *pair = sources->pairs[i];
        if (keep[i]) {
            pair->index = (uint32_t)kept;
            sources->pairs[kept++] = pair;
        } else {
            oat_pair_close(pair);
            free(pair);
        }
    }
    sources->pair_count = kept;
    sort_by_name(sources);
    forget_read(sources);
}

int oat_sources_add_part(struct oat_sources *sources, const struct oat_manifest_part *entry)
{
    struct oat_part *part;
    if (!oat_array_reserve(&sources->parts, sources->part_count, &sources->part_capacity, sizeof part))
        return OAT_E_NOMEM;
    int result = oat_part_open(sources->store_fd, entry, &sources->problems, &part);
    if (result != OAT_OK)
        return result;
    oat_part_set_forgotten(part, sources->forgotten_in_parts);
    sources->parts[sources->part_count++] = part;
    return OAT_OK;
}
