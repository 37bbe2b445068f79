/* Following a store: each pair is read on from where it was left, its holes are looked at again. */
#include "reader/follow.h"

#include "format/hash.h"
#include "reader/array.h"
#include "reader/catalog.h"
#include "reader/snapshot.h"
#include "reader/store.h"
#include "reader/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define SECOND          UINT64_C(1000000000)
#define DELAY_MIN_NS    UINT64_C(1000000)
#define DELAY_MAX_NS    UINT64_C(50000000)
#define ANNOUNCED_MAX   4096u      /* running spans remembered, so that a roll does not repeat them */
#define TEXTS_MAX_BYTES (8u << 20) /* texts kept between two spans */

/* How far a pair has been read. */
struct place {
    uint32_t next;   /* slots below it were looked at */
    uint32_t *holes; /* those of them that were not committed then */
    size_t hole_count, hole_capacity;
    bool finished; /* sealed, or its writer is dead: nothing comes any more */
};

/* A span that was found and is not handed out yet. */
struct found {
    uint64_t time_ns; /* its end, or the start of an open one */
    uint64_t id;      /* hash of trace and span id */
    uint32_t pair;
    uint32_t slot;
    bool open;
};

struct announced {
    uint8_t trace_id[16];
    uint8_t span_id[8];
};

struct oat_follow {
    struct oat_sources *sources;
    struct oat_snapshot payloads;    /* of them: nothing else of it is set */
    uint64_t hash_seed;              /* of the store */
    struct oat_forgotten *forgotten; /* what reads as a marker; NULL: nothing */
    struct stat manifest;            /* as it was when that was read */
    struct place *places;            /* by pair */
    size_t place_count;
    struct found *found;
    size_t found_count, found_capacity, found_next;
    struct announced *announced; /* a ring */
    size_t announced_count;
    uint64_t listed_ns;  /* when hot/ was listed, by its clock (wall) */
    uint64_t changed_ns; /* and when it had been changed then */
    uint64_t probed_ns;  /* when liveness was probed, monotonic */
    uint64_t delay_ns;
    bool skip; /* the first poll only finds out what is there already */
};

static uint64_t now_ns(clockid_t clock)
{
    struct timespec t = {0};
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

/* ---- Pairs ---- */

static int add_places(struct oat_follow *f)
{
    size_t count = f->sources->pair_count;
    if (count == f->place_count)
        return OAT_OK;
    struct place *places = realloc(f->places, count * sizeof *places);
    if (!places)
        return OAT_E_NOMEM;
    memset(places + f->place_count, 0, (count - f->place_count) * sizeof *places);
    f->places = places;
    f->place_count = count;
    return OAT_OK;
}

/* Gives up pairs that were read to their end and that compaction has removed since: a program that stays
 * would keep their files open for ever. Nothing that was found is to be shown any more. */
static int drop_gone(struct oat_follow *f)
{
    struct stat st;
    size_t kept = 0;
    bool *keep = malloc((f->place_count + 1) * sizeof *keep);
    if (!keep)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < f->place_count; i++) {
        const struct oat_pair *pair = f->sources->pairs[i];
        keep[i] = (pair->usable && !f->places[i].finished) ||
                  fstatat(f->sources->store_fd, pair->spans_path, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
                  errno != ENOENT;
        if (keep[i])
            f->places[kept++] = f->places[i];
        else
            free(f->places[i].holes);
    }
    if (kept < f->place_count)
        oat_sources_keep(f->sources, keep);
    f->place_count = kept;
    free(keep);
    return OAT_OK;
}

/* Lists hot/ when it has changed since. A change within the clock's tick of the last listing may
 * have come behind it, so a young change is listed once more. */
static int list_new(struct oat_follow *f)
{
    struct stat st;
    struct oat_sources *sources = f->sources;
    uint64_t changed_ns = 0;
    if (sources->hot_fd >= 0 && fstat(sources->hot_fd, &st) == 0) {
        changed_ns = (uint64_t)st.st_mtim.tv_sec * SECOND + (uint64_t)st.st_mtim.tv_nsec;
        if (changed_ns == f->changed_ns && f->listed_ns > changed_ns + SECOND)
            return OAT_OK;
    }
    uint64_t listing_ns = now_ns(CLOCK_REALTIME);
    int result = drop_gone(f);
    if (result == OAT_OK)
        result = oat_sources_add_new(sources, NULL);
    if (result != OAT_OK)
        return result;
    f->listed_ns = listing_ns;
    f->changed_ns = changed_ns;
    return add_places(f);
}

/* Reads what is forgotten, when MANIFEST is another one. */
static int mask(struct oat_follow *f)
{
    struct oat_sources *sources = f->sources;
    struct stat st;
    struct oat_manifest manifest;
    struct oat_catalog catalog;
    struct oat_forgotten *forgotten;
    if (fstatat(sources->store_fd, OAT_MANIFEST_NAME, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        (st.st_ino == f->manifest.st_ino && st.st_mtim.tv_sec == f->manifest.st_mtim.tv_sec &&
         st.st_mtim.tv_nsec == f->manifest.st_mtim.tv_nsec))
        return OAT_OK;
    if (oat_manifest_read(sources->store_fd, &sources->problems, &manifest) != OAT_OK)
        return OAT_OK; /* reported */
    int result = oat_catalog_read(sources->store_fd, &manifest, &sources->problems, &catalog);
    oat_manifest_clear(&manifest);
    if (result != OAT_OK)
        return result == OAT_E_NOMEM ? result : OAT_OK; /* reported, or it has moved on */
    result = oat_catalog_forgotten(&catalog, f->hash_seed, false, &forgotten);
    oat_catalog_clear(&catalog);
    if (result != OAT_OK)
        return result;
    oat_sources_set_forgotten(sources, forgotten, NULL);
    oat_forgotten_free(f->forgotten);
    f->forgotten = forgotten;
    f->manifest = st;
    return OAT_OK;
}

/* Asks again, about once a second, what is forgotten and which writers live. */
static int probe(struct oat_follow *f)
{
    uint64_t now = now_ns(CLOCK_MONOTONIC);
    if (now - f->probed_ns < SECOND)
        return OAT_OK;
    f->probed_ns = now;
    for (size_t i = 0; i < f->place_count; i++)
        if (f->sources->pairs[i]->usable && !f->places[i].finished)
            f->sources->pairs[i]->liveness = oat_sources_probe(f->sources, f->sources->pairs[i]);
    return mask(f);
}

/* ---- Slots ---- */

static bool was_announced(struct oat_follow *f, const struct oat_disk_span *span)
{
    struct announced id;
    memcpy(id.trace_id, span->trace_id, sizeof id.trace_id);
    memcpy(id.span_id, span->span_id, sizeof id.span_id);
    size_t count = f->announced_count < ANNOUNCED_MAX ? f->announced_count : ANNOUNCED_MAX;
    for (size_t i = 0; i < count; i++)
        if (memcmp(&f->announced[i], &id, sizeof id) == 0)
            return true;
    f->announced[f->announced_count++ % ANNOUNCED_MAX] = id;
    return false;
}

static int add_found(struct oat_follow *f, const struct oat_pair *pair, uint32_t slot_no, uint16_t kind,
                     const uint8_t *bytes)
{
    struct oat_disk_span span;
    const char *what;
    memcpy(&span, bytes, sizeof span);
    if (oat_span_check(&span, OAT_SLOTS_MAX, &what) != OAT_OK)
        return OAT_OK; /* a snapshot reports it */
    if (kind == OAT_SLOT_OPEN && was_announced(f, &span))
        return OAT_OK;
    if (f->skip)
        return OAT_OK;
    if (!oat_array_reserve(&f->found, f->found_count, &f->found_capacity, sizeof *f->found))
        return OAT_E_NOMEM;
    f->found[f->found_count++] = (struct found){
        .time_ns = oat_le64_get(span.start_ns) + oat_le64_get(span.duration_ns),
        .id = oat_hash64(bytes + offsetof(struct oat_disk_span, trace_id), 16 + 8, 0),
        .pair = pair->index,
        .slot = slot_no,
        .open = kind == OAT_SLOT_OPEN,
    };
    return OAT_OK;
}

static int add_hole(struct place *place, uint32_t slot_no)
{
    if (!oat_array_reserve(&place->holes, place->hole_count, &place->hole_capacity, sizeof *place->holes))
        return OAT_E_NOMEM;
    place->holes[place->hole_count++] = slot_no;
    return OAT_OK;
}

static int meet_slot(void *arg, struct oat_pair *pair, uint32_t slot_no, enum oat_slot_state state,
                     uint16_t kind, const uint8_t *bytes)
{
    struct oat_follow *f = arg;
    if (state != OAT_SLOT_GOOD)
        return add_hole(&f->places[pair->index], slot_no);
    return kind == OAT_SLOT_SPAN || kind == OAT_SLOT_OPEN ? add_found(f, pair, slot_no, kind, bytes) : OAT_OK;
}

/* Looks at the holes again, run by run; those that still are holes are collected anew. */
static int look_at_holes(struct oat_follow *f, struct oat_pair *pair)
{
    struct place *place = &f->places[pair->index];
    uint32_t *holes = place->holes;
    size_t count = place->hole_count, end;
    int result = OAT_OK;
    place->holes = NULL;
    place->hole_count = place->hole_capacity = 0;
    for (size_t first = 0; first < count && result == OAT_OK; first = end) {
        for (end = first + 1; end < count && holes[end] == holes[end - 1] + 1; end++)
            continue;
        result = oat_pair_scan(pair, holes[first], holes[end - 1] + 1, &f->sources->problems, meet_slot, f);
    }
    free(holes);
    return result;
}

static int read_on(struct oat_follow *f, struct oat_pair *pair)
{
    struct place *place = &f->places[pair->index];
    oat_pair_measure(pair, &f->sources->problems);
    if (!pair->usable)
        return OAT_OK;
    /* Sealed or dead is said before the slots are read: nothing can come behind the last look. Contact that
     * was lost may come back. */
    bool finished = pair->sealed || pair->liveness == OAT_WRITER_DEAD || pair->liveness == OAT_WRITER_UNKNOWN;
    if (f->skip && finished) {
        place->finished = true;
        return OAT_OK;
    }
    int result = look_at_holes(f, pair);
    if (result == OAT_OK && pair->slots > place->next) {
        uint32_t first = place->next;
        place->next = pair->slots;
        result = oat_pair_scan(pair, first, pair->slots, &f->sources->problems, meet_slot, f);
    }
    place->finished = finished;
    return result;
}

static int compare_found(const void *x, const void *y)
{
    const struct found *a = x, *b = y;
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns ? -1 : 1;
    if (a->pair != b->pair)
        return a->pair < b->pair ? -1 : 1;
    return a->slot < b->slot ? -1 : a->slot > b->slot;
}

static int compare_ids(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return a < b ? -1 : a > b;
}

/* A span that was announced and has ended since is told once. */
static int drop_ended_opens(struct oat_follow *f)
{
    size_t ended = 0, kept = 0;
    uint64_t *ids = malloc((f->found_count + 1) * sizeof *ids);
    if (!ids)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < f->found_count; i++)
        if (!f->found[i].open)
            ids[ended++] = f->found[i].id;
    qsort(ids, ended, sizeof *ids, compare_ids);
    for (size_t i = 0; i < f->found_count; i++)
        if (!f->found[i].open || !bsearch(&f->found[i].id, ids, ended, sizeof *ids, compare_ids))
            f->found[kept++] = f->found[i];
    f->found_count = kept;
    free(ids);
    return OAT_OK;
}

static int poll_all(struct oat_follow *f)
{
    f->found_count = f->found_next = 0;
    int result = list_new(f);
    if (result == OAT_OK)
        result = probe(f);
    for (size_t i = 0; i < f->place_count && result == OAT_OK; i++)
        if (f->sources->pairs[i]->usable && !f->places[i].finished)
            result = read_on(f, f->sources->pairs[i]);
    if (result == OAT_OK)
        result = drop_ended_opens(f);
    if (f->found_count > 1)
        qsort(f->found, f->found_count, sizeof *f->found, compare_found);
    return result;
}

/* ---- The interface ---- */

int oat_follow_open(oat_store *store, bool from_start, oat_follow **ret_follow)
{
    struct oat_follow *f = calloc(1, sizeof *f);
    if (!f)
        return OAT_E_NOMEM;
    f->delay_ns = DELAY_MIN_NS;
    f->hash_seed = oat_le64_get(store->header.hash_seed);
    f->announced = malloc(ANNOUNCED_MAX * sizeof *f->announced);
    int result = f->announced ? oat_sources_open(store->fd, &f->sources) : OAT_E_NOMEM;
    f->payloads.sources = f->sources;
    if (result == OAT_OK)
        result = mask(f);
    if (result == OAT_OK && !from_start) {
        f->skip = true;
        result = poll_all(f);
        f->skip = false;
    }
    if (result != OAT_OK) {
        oat_follow_close(f);
        return result;
    }
    *ret_follow = f;
    return OAT_OK;
}

void oat_follow_close(oat_follow *follow)
{
    if (!follow)
        return;
    for (size_t i = 0; i < follow->place_count; i++)
        free(follow->places[i].holes);
    free(follow->places);
    free(follow->found);
    free(follow->announced);
    oat_sources_close(follow->sources);
    oat_forgotten_free(follow->forgotten);
    free(follow);
}

/* Reads the slot of a span that was found. */
static bool read_found(const struct oat_follow *f, const struct found *found, struct oat_disk_span *ret,
                       uint16_t *ret_kind)
{
    uint8_t bytes[OAT_SLOT_SIZE];
    if (oat_pair_read_slot(f->sources->pairs[found->pair], found->slot, bytes, ret_kind) != OAT_OK)
        return false;
    memcpy(ret, bytes, sizeof *ret);
    return true;
}

bool oat_follow_get(oat_follow *follow, size_t index, oat_span_view *ret_span)
{
    struct oat_record record;
    struct oat_disk_span span;
    uint16_t kind;
    const struct found *found = &follow->found[index];
    const struct oat_pair *pair = follow->sources->pairs[found->pair];
    if (!read_found(follow, found, &span, &kind))
        return false;
    memset(ret_span, 0, sizeof *ret_span);
    oat_record_of_slot(follow->sources, pair, kind, &span, OAT_RECORD_TEXTS_ALL, &record);
    oat_view_fill(follow->sources, &record, ret_span);
    ret_span->end_ns = kind == OAT_SLOT_SPAN ? ret_span->start_ns + oat_le64_get(span.duration_ns) : 0;
    ret_span->status = oat_view_status(pair, kind, span.status);
    ret_span->parent_index = UINT32_MAX;
    return true;
}

bool oat_follow_row(oat_follow *follow, size_t index, struct oat_row *ret_row, uint8_t ret_trace_id[16])
{
    struct oat_disk_span span;
    uint16_t kind;
    const struct found *found = &follow->found[index];
    const struct oat_pair *pair = follow->sources->pairs[found->pair];
    if (!read_found(follow, found, &span, &kind) ||
        !oat_row_of_slot(pair, found->slot, kind, &span, &follow->sources->problems, ret_row))
        return false;
    memcpy(ret_trace_id, span.trace_id, sizeof span.trace_id);
    return true;
}

const struct oat_pair *oat_follow_pair(const oat_follow *follow, size_t index)
{
    return follow->sources->pairs[follow->found[index].pair];
}

const oat_snapshot *oat_follow_payloads(const oat_follow *follow)
{
    return &follow->payloads;
}

struct oat_sources *oat_follow_sources(const oat_follow *follow)
{
    return follow->sources;
}

static void limit_texts(struct oat_follow *f)
{
    if (f->sources->strings.bytes > TEXTS_MAX_BYTES)
        oat_strings_forget(&f->sources->strings);
}

int oat_follow_look(oat_follow *follow, size_t *ret_count)
{
    limit_texts(follow);
    int result = poll_all(follow);
    if (result != OAT_OK)
        return result;
    if (follow->found_count > 0)
        follow->delay_ns = DELAY_MIN_NS;
    else if ((follow->delay_ns *= 2) > DELAY_MAX_NS)
        follow->delay_ns = DELAY_MAX_NS;
    *ret_count = follow->found_count;
    return OAT_OK;
}

int oat_follow_next(oat_follow *follow, oat_span_view *ret_span)
{
    size_t count;
    limit_texts(follow);
    if (follow->found_next == follow->found_count) {
        int result = oat_follow_look(follow, &count);
        if (result != OAT_OK)
            return result;
    }
    while (follow->found_next < follow->found_count)
        if (oat_follow_get(follow, follow->found_next++, ret_span))
            return OAT_OK;
    return OAT_NOTFOUND;
}

uint64_t oat_follow_delay_ns(const oat_follow *follow)
{
    return follow->delay_ns;
}
