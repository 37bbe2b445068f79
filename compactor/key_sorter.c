#include "compactor/key_sorter.h"

#include "compactor/fs.h"
#include "reader/array.h"

#include <stdlib.h>
#include <string.h>

#define KEYS_MIN   1024u /* in memory, however little of it is allowed */
#define RADIX_BITS 8u
#define RADIX      (1u << RADIX_BITS)
#define WINDOW_MIN 64u   /* keys of a run that are read at once, however little memory is allowed, */
#define WINDOW_MAX 4096u /* and however much: more is not read faster */
#define WRITE_KEYS 1024u
#define AHEAD      32u /* keys that are being read into the cache */

/* Keys that were added one after the other and go before none of each other, while they are sorted. */
struct item {
    uint32_t order; /* of the keys, cut to the bits that tell most of them apart */
    uint32_t index; /* of the first, among the keys */
};

/* A sorted run in the file. */
struct run {
    uint64_t offset; /* of its next key that is not in memory */
    uint64_t left;   /* keys from there on */
    struct oat_key *window;
    size_t at, count; /* in the window */
};

struct oat_key_sorter {
    int dir_fd;
    int fd; /* -1: nothing was spilled */
    uint64_t file_len;
    uint64_t total;
    size_t keys_max; /* in memory */
    struct oat_key *keys;
    size_t count, capacity;
    struct item *items, *spare; /* items: the order of the keys, once sorted */
    size_t item_count;
    size_t at; /* next of them; those before `whole` are in their order, by whole keys */
    size_t whole;
    size_t next; /* key behind the one that was given last, when it is of the same item; else `count` */
    struct run *runs;
    size_t run_count, run_capacity;
    uint32_t *heap; /* runs, the one with the least key first */
    size_t heap_count;
    struct oat_key *windows; /* of all runs */
    bool ended;
    bool moved; /* the least run has given its key away */
};

int oat_key_sorter_new(int dir_fd, size_t memory_bytes, struct oat_key_sorter **ret)
{
    struct oat_key_sorter *sorter = calloc(1, sizeof *sorter);
    if (!sorter)
        return OAT_E_NOMEM;
    sorter->dir_fd = dir_fd;
    sorter->fd = -1;
    sorter->keys_max = memory_bytes / (sizeof(struct oat_key) + 2 * sizeof(struct item));
    if (sorter->keys_max < KEYS_MIN)
        sorter->keys_max = KEYS_MIN;
    if (sorter->keys_max > UINT32_MAX)
        sorter->keys_max = UINT32_MAX;
    *ret = sorter;
    return OAT_OK;
}

void oat_key_sorter_free(struct oat_key_sorter *sorter)
{
    if (!sorter)
        return;
    oat_fs_close(sorter->fd);
    free(sorter->keys);
    free(sorter->items);
    free(sorter->spare);
    free(sorter->runs);
    free(sorter->heap);
    free(sorter->windows);
    free(sorter);
}

uint64_t oat_key_sorter_count(const struct oat_key_sorter *sorter)
{
    return sorter->total;
}

int oat_key_compare(const struct oat_key *a, const struct oat_key *b)
{
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    return memcmp(a->trace_id, b->trace_id, sizeof a->trace_id);
}

/* ---- Sorting in memory ---- */

/* Sorts by one byte of the order. False: all have the same, nothing was done. */
static bool sort_by_byte(const struct item *from, struct item *to, size_t count, unsigned shift)
{
    size_t places[RADIX] = {0}, sum = 0;
    for (size_t i = 0; i < count; i++)
        places[from[i].order >> shift & (RADIX - 1)]++;
    if (places[from[0].order >> shift & (RADIX - 1)] == count)
        return false;
    for (size_t b = 0; b < RADIX; b++) {
        size_t here = places[b];
        places[b] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++)
        to[places[from[i].order >> shift & (RADIX - 1)]++] = from[i];
    return true;
}

static int compare_items(const void *x, const void *y, void *arg)
{
    const struct oat_key *keys = arg;
    uint32_t a = ((const struct item *)x)->index, b = ((const struct item *)y)->index;
    int order = oat_key_compare(&keys[a], &keys[b]);
    return order != 0 ? order : a < b ? -1 : a > b;
}

/* Has the key of an item read that will be needed soon: sorted keys lie anywhere in memory. */
static void prefetch(const struct oat_key_sorter *sorter, size_t item)
{
    if (item < sorter->item_count)
        __builtin_prefetch(&sorter->keys[sorter->items[item].index]);
}

/* Sorts the items [first, end), which differ in what was cut off, if at all. */
static void sort_rest(struct oat_key_sorter *sorter, size_t first, size_t end)
{
    for (size_t i = first + 1; i < end; i++) {
        if (oat_key_compare(&sorter->keys[sorter->items[i].index],
                            &sorter->keys[sorter->items[first].index]) != 0) {
            qsort_r(sorter->items + first, end - first, sizeof *sorter->items, compare_items, sorter->keys);
            return;
        }
    }
}

static bool same_place(const struct oat_key *a, const struct oat_key *b)
{
    return oat_key_compare(a, b) == 0;
}

/* Makes the items, with the upper bits of how far their order is above the least. */
static void make_items(struct oat_key_sorter *sorter)
{
    uint64_t least = UINT64_MAX, greatest = 0;
    unsigned shift = 0;
    for (size_t i = 0; i < sorter->count; i++) {
        uint64_t order = sorter->keys[i].order;
        least = order < least ? order : least;
        greatest = order > greatest ? order : greatest;
    }
    while ((greatest - least) >> shift > UINT32_MAX)
        shift++;
    sorter->item_count = 0;
    for (size_t i = 0; i < sorter->count; i++) {
        struct oat_key *key = &sorter->keys[i];
        key->goes_on = i + 1 < sorter->count && same_place(key, key + 1);
        if (i == 0 || !key[-1].goes_on)
            sorter->items[sorter->item_count++] =
                (struct item){(uint32_t)((key->order - least) >> shift), (uint32_t)i};
    }
}

/* Sorts what is in memory, but for what was cut off. */
static int sort(struct oat_key_sorter *sorter)
{
    sorter->at = sorter->whole = sorter->item_count = 0;
    sorter->next = sorter->count;
    if (sorter->count == 0)
        return OAT_OK;
    if (!sorter->items)
        sorter->items = malloc(sorter->capacity * sizeof *sorter->items);
    if (!sorter->spare)
        sorter->spare = malloc(sorter->capacity * sizeof *sorter->spare);
    if (!sorter->items || !sorter->spare)
        return OAT_E_NOMEM;
    make_items(sorter);
    size_t count = sorter->item_count;
    for (unsigned shift = 0; shift < 32; shift += RADIX_BITS) {
        if (!sort_by_byte(sorter->items, sorter->spare, count, shift))
            continue;
        struct item *sorted = sorter->spare;
        sorter->spare = sorter->items;
        sorter->items = sorted;
    }
    return OAT_OK;
}

/* Completes the order of the next items; their keys are in the cache then, for whoever takes them. */
static void sort_next(struct oat_key_sorter *sorter)
{
    size_t first = sorter->at, end = first;
    while (end < sorter->item_count && sorter->items[end].order == sorter->items[first].order)
        prefetch(sorter, end++ + AHEAD);
    sort_rest(sorter, first, end);
    sorter->whole = end;
}

/* The next key of what was sorted in memory, or NULL. */
static const struct oat_key *next_in_memory(struct oat_key_sorter *sorter)
{
    size_t index = sorter->next;
    if (index == sorter->count) {
        if (sorter->at == sorter->item_count)
            return NULL;
        if (sorter->at == sorter->whole)
            sort_next(sorter);
        index = sorter->items[sorter->at++].index;
    }
    sorter->next = sorter->keys[index].goes_on ? index + 1 : sorter->count;
    return &sorter->keys[index];
}

/* ---- Spilling ---- */

static int write_run(struct oat_key_sorter *sorter)
{
    struct oat_key buffer[WRITE_KEYS];
    struct run run = {.offset = sorter->file_len, .left = sorter->count};
    int result = sort(sorter);
    if (result == OAT_OK && sorter->fd < 0)
        result = oat_fs_spill(sorter->dir_fd, &sorter->fd);
    for (size_t left = sorter->count, filled = 0; left > 0 && result == OAT_OK; left--) {
        buffer[filled++] = *next_in_memory(sorter);
        if (filled < WRITE_KEYS && left > 1)
            continue;
        result = oat_fs_write(sorter->fd, buffer, filled * sizeof *buffer, sorter->file_len);
        sorter->file_len += filled * sizeof *buffer;
        filled = 0;
    }
    if (result != OAT_OK)
        return result;
    if (!oat_array_reserve(&sorter->runs, sorter->run_count, &sorter->run_capacity, sizeof *sorter->runs))
        return OAT_E_NOMEM;
    sorter->runs[sorter->run_count++] = run;
    sorter->count = 0;
    return OAT_OK;
}

/* Doubles the room for keys, up to what is allowed. */
static int grow(struct oat_key_sorter *sorter)
{
    size_t capacity = sorter->capacity ? 2 * sorter->capacity : KEYS_MIN;
    if (capacity > sorter->keys_max)
        capacity = sorter->keys_max;
    struct oat_key *keys = realloc(sorter->keys, capacity * sizeof *keys);
    if (!keys)
        return OAT_E_NOMEM;
    sorter->keys = keys;
    sorter->capacity = capacity;
    return OAT_OK;
}

int oat_key_sorter_add(struct oat_key_sorter *sorter, const struct oat_key *key)
{
    int result = OAT_OK;
    if (sorter->count == sorter->keys_max)
        result = write_run(sorter);
    if (result == OAT_OK && sorter->count == sorter->capacity)
        result = grow(sorter);
    if (result != OAT_OK)
        return result;
    sorter->keys[sorter->count++] = *key;
    sorter->total++;
    return OAT_OK;
}

/* ---- Merging ---- */

/* Reads the next keys of a run whose window is used up; its count stays 0 at the end. */
static int fill(struct oat_key_sorter *sorter, struct run *run, size_t window_keys)
{
    size_t len;
    run->at = run->count = 0;
    size_t count = run->left < window_keys ? (size_t)run->left : window_keys;
    if (count == 0)
        return OAT_OK;
    int result = oat_fs_read(sorter->fd, run->window, count * sizeof *run->window, run->offset, &len);
    if (result == OAT_OK && len < count * sizeof *run->window)
        result = OAT_E_IO; /* somebody has cut a file without a name */
    if (result != OAT_OK)
        return result;
    run->count = count;
    run->left -= count;
    run->offset += len;
    return OAT_OK;
}

/* True when run a goes before run b; both have a key. Of equal keys the earlier run's was added first. */
static bool goes_before(const struct oat_key_sorter *sorter, uint32_t a, uint32_t b)
{
    const struct oat_key *x = &sorter->runs[a].window[sorter->runs[a].at];
    const struct oat_key *y = &sorter->runs[b].window[sorter->runs[b].at];
    int order = oat_key_compare(x, y);
    return order != 0 ? order < 0 : a < b;
}

static void sift_down(struct oat_key_sorter *sorter, size_t at)
{
    uint32_t run = sorter->heap[at];
    for (size_t child; (child = 2 * at + 1) < sorter->heap_count; at = child) {
        if (child + 1 < sorter->heap_count &&
            goes_before(sorter, sorter->heap[child + 1], sorter->heap[child]))
            child++;
        if (!goes_before(sorter, sorter->heap[child], run))
            break;
        sorter->heap[at] = sorter->heap[child];
    }
    sorter->heap[at] = run;
}

static size_t window_keys(const struct oat_key_sorter *sorter)
{
    size_t keys = sorter->keys_max / sorter->run_count;
    return keys < WINDOW_MIN ? WINDOW_MIN : keys > WINDOW_MAX ? WINDOW_MAX : keys;
}

static int begin_merge(struct oat_key_sorter *sorter)
{
    size_t keys = window_keys(sorter);
    free(sorter->keys);
    free(sorter->items);
    free(sorter->spare);
    sorter->keys = NULL;
    sorter->items = sorter->spare = NULL;
    sorter->windows = malloc(sorter->run_count * keys * sizeof *sorter->windows);
    sorter->heap = malloc(sorter->run_count * sizeof *sorter->heap);
    if (!sorter->windows || !sorter->heap)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < sorter->run_count; i++) {
        sorter->runs[i].window = sorter->windows + i * keys;
        int result = fill(sorter, &sorter->runs[i], keys);
        if (result != OAT_OK)
            return result;
        sorter->heap[sorter->heap_count++] = (uint32_t)i;
    }
    for (size_t i = sorter->heap_count / 2; i-- > 0;)
        sift_down(sorter, i);
    return OAT_OK;
}

int oat_key_sorter_end(struct oat_key_sorter *sorter)
{
    if (sorter->ended)
        return OAT_OK;
    sorter->ended = true;
    if (sorter->run_count == 0)
        return sort(sorter);
    int result = sorter->count > 0 ? write_run(sorter) : OAT_OK;
    return result == OAT_OK ? begin_merge(sorter) : result;
}

/* Steps over the key that was given last. */
static int step(struct oat_key_sorter *sorter)
{
    struct run *run = &sorter->runs[sorter->heap[0]];
    bool stays = run->at + 1 < run->count && same_place(&run->window[run->at], &run->window[run->at + 1]);
    int result = ++run->at == run->count ? fill(sorter, run, window_keys(sorter)) : OAT_OK;
    if (result != OAT_OK || stays)
        return result;
    if (run->at == run->count)
        sorter->heap[0] = sorter->heap[--sorter->heap_count];
    if (sorter->heap_count > 0)
        sift_down(sorter, 0);
    return OAT_OK;
}

int oat_key_sorter_next(struct oat_key_sorter *sorter, const struct oat_key **ret_key)
{
    int result = oat_key_sorter_end(sorter);
    if (result == OAT_OK && sorter->moved)
        result = step(sorter);
    sorter->moved = false;
    if (result != OAT_OK)
        return result;
    if (sorter->run_count == 0) {
        const struct oat_key *key = next_in_memory(sorter);
        if (!key)
            return OAT_NOTFOUND;
        *ret_key = key;
        return OAT_OK;
    }
    if (sorter->heap_count == 0)
        return OAT_NOTFOUND;
    const struct run *run = &sorter->runs[sorter->heap[0]];
    *ret_key = &run->window[run->at];
    sorter->moved = true;
    return OAT_OK;
}
