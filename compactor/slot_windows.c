#include "compactor/slot_windows.h"

#include "format/hash.h"

#include <errno.h>
#include <stdlib.h>

#define WAYS         4u /* windows of a set */
#define WINDOW_SLOTS (OAT_SLOT_WINDOW_BYTES / OAT_SLOT_SIZE)
#define SETS_MIN     4u
#define SETS_MAX     64u

struct oat_slot_window {
    const struct oat_pair *pair; /* NULL: free */
    uint32_t number;             /* of the window in its file */
    uint32_t slots;              /* that the file has of it */
    uint64_t used;               /* by the clock */
};

int oat_slot_windows_init(struct oat_slot_windows *windows, uint64_t memory_bytes)
{
    uint32_t sets = SETS_MIN;
    while (sets < SETS_MAX && 2 * sets * (uint64_t)WAYS * OAT_SLOT_WINDOW_BYTES <= memory_bytes)
        sets *= 2;
    *windows = (struct oat_slot_windows){.set_count = sets};
    windows->windows = calloc(sets * WAYS, sizeof *windows->windows);
    windows->memory = malloc((size_t)sets * WAYS * OAT_SLOT_WINDOW_BYTES);
    if (windows->windows && windows->memory)
        return OAT_OK;
    oat_slot_windows_free(windows);
    return OAT_E_NOMEM;
}

void oat_slot_windows_free(struct oat_slot_windows *windows)
{
    free(windows->windows);
    free(windows->memory);
    *windows = (struct oat_slot_windows){0};
}

static uint8_t *bytes_of(const struct oat_slot_windows *windows, const struct oat_slot_window *window)
{
    return windows->memory + (size_t)(window - windows->windows) * OAT_SLOT_WINDOW_BYTES;
}

/* The window that holds the number-th of a pair, or else the least recently used one of its set. */
static struct oat_slot_window *find(const struct oat_slot_windows *windows, const struct oat_pair *pair,
                                    uint32_t number)
{
    uint64_t key = ((uint64_t)pair->index << 32 | number) * OAT_POSITION_PRIME;
    struct oat_slot_window *set = windows->windows + (key >> 40 & (windows->set_count - 1)) * WAYS;
    struct oat_slot_window *oldest = set;
    for (unsigned i = 0; i < WAYS; i++) {
        if (set[i].pair == pair && set[i].number == number)
            return &set[i];
        if (set[i].used < oldest->used)
            oldest = &set[i];
    }
    return oldest;
}

static int fill(const struct oat_slot_windows *windows, struct oat_slot_window *window,
                const struct oat_pair *pair, uint32_t number)
{
    size_t len = 0;
    window->pair = NULL;
    int result = oat_file_read(&pair->spans, bytes_of(windows, window), OAT_SLOT_WINDOW_BYTES,
                               oat_slot_offset(number * WINDOW_SLOTS), &len);
    if (result != OAT_OK)
        return result;
    window->pair = pair;
    window->number = number;
    window->slots = (uint32_t)(len / OAT_SLOT_SIZE);
    return OAT_OK;
}

int oat_slot_windows_get(struct oat_slot_windows *windows, const struct oat_pair *pair, uint32_t slot_no,
                         struct oat_problems *problems, const uint8_t **ret_bytes, uint16_t *ret_kind)
{
    uint32_t number = slot_no / WINDOW_SLOTS, at = slot_no % WINDOW_SLOTS;
    struct oat_slot_window *window = find(windows, pair, number);
    if ((window->pair != pair || window->number != number) && fill(windows, window, pair, number) != OAT_OK) {
        oat_problems_add_errno(problems, pair->spans_path, oat_slot_offset(slot_no), "read", errno);
        return OAT_E_IO;
    }
    window->used = ++windows->clock;
    const uint8_t *bytes = bytes_of(windows, window) + (size_t)at * OAT_SLOT_SIZE;
    if (at >= window->slots || oat_slot_check(bytes, pair->nonce, slot_no, ret_kind) != OAT_OK) {
        oat_problems_add(problems, OAT_PROBLEM_CORRUPT, pair->spans_path, oat_slot_offset(slot_no),
                         "slot read before", "the same bytes", "others");
        return OAT_E_CORRUPT;
    }
    *ret_bytes = bytes;
    return OAT_OK;
}
