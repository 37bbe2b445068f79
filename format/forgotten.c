#include "format/forgotten.h"

#include "format/attrs.h"
#include "format/attrs_walk.h"
#include "format/ids.h"

#include <stdlib.h>
#include <string.h>

#define LENGTHS   4096u /* classes of lengths, most of which no content has */
#define PREFIX    "[forgotten "
#define WORDS_LEN (sizeof PREFIX - 1 + 1) /* with the bracket at the end */
#define ID_DIGITS 32u

struct oat_forgotten {
    uint64_t hash_seed;
    uint64_t lengths[LENGTHS / 64]; /* a bit for each class that some content has */
    size_t count;
    struct oat_forgotten_content contents[]; /* by id */
};

static int compare_ids(const void *x, const void *y)
{
    const struct oat_forgotten_content *a = x, *b = y;
    return memcmp(a->id.b, b->id.b, sizeof a->id.b);
}

struct oat_forgotten *oat_forgotten_new(const struct oat_forgotten_content *contents, size_t count,
                                        uint64_t hash_seed)
{
    struct oat_forgotten *set = calloc(1, sizeof *set + count * sizeof *contents);
    if (!set)
        return NULL;
    set->hash_seed = hash_seed;
    set->count = count;
    for (size_t i = 0; i < count; i++) {
        uint64_t class = contents[i].raw_len % LENGTHS;
        set->lengths[class / 64] |= UINT64_C(1) << class % 64;
        set->contents[i] = contents[i];
    }
    if (count > 1)
        qsort(set->contents, count, sizeof *contents, compare_ids);
    return set;
}

void oat_forgotten_free(struct oat_forgotten *set)
{
    free(set);
}

const struct oat_forgotten_content *oat_forgotten_find(const struct oat_forgotten *set, const void *bytes,
                                                       size_t len)
{
    size_t class = len % LENGTHS;
    if (!set || len < OAT_FORGOTTEN_MIN || !(set->lengths[class / 64] >> class % 64 & 1))
        return NULL;
    struct oat_forgotten_content key = {.id = oat_content_id_of(bytes, len, set->hash_seed)};
    return bsearch(&key, set->contents, set->count, sizeof key, compare_ids);
}

/* ---- Markers ---- */

/* Fills len bytes with as much of the marker as there is room for. */
static void put_marker(const uint8_t redaction_id[16], uint8_t *dst, size_t len)
{
    char digits[ID_DIGITS + 1];
    if (len <= WORDS_LEN) {
        memset(dst, '#', len);
        return;
    }
    size_t shown = len - WORDS_LEN < ID_DIGITS ? len - WORDS_LEN : ID_DIGITS;
    oat_hex_print(redaction_id, 16, digits);
    memset(dst, ' ', len);
    memcpy(dst, PREFIX, WORDS_LEN - 1);
    memcpy(dst + WORDS_LEN - 1, digits, shown);
    dst[WORDS_LEN - 1 + shown] = ']';
}

void oat_forgotten_mark(const struct oat_forgotten_content *content, const uint8_t *bytes, size_t len,
                        uint8_t *dst)
{
    bool is_json =
        len > 2 && strchr("{[\"", bytes[0]) && bytes[0] && strchr("}]\"", bytes[len - 1]) && bytes[len - 1];
    if (!is_json) {
        put_marker(content->redaction_id, dst, len);
        return;
    }
    dst[0] = '"';
    put_marker(content->redaction_id, dst + 1, len - 2);
    dst[len - 1] = '"';
}

bool oat_forgotten_mask(const struct oat_forgotten *set, uint8_t *bytes, size_t len)
{
    const struct oat_forgotten_content *found = oat_forgotten_find(set, bytes, len);
    if (found)
        oat_forgotten_mark(found, bytes, len, bytes);
    return found != NULL;
}

/* ---- Attributes ---- */

struct masking {
    const struct oat_forgotten *set;
    bool masked;
};

/* The text lies in bytes that the caller may write. */
static int mask_text(void *arg, const uint8_t *text, size_t len)
{
    struct masking *m = arg;
    m->masked = oat_forgotten_mask(m->set, (uint8_t *)(uintptr_t)text, len) || m->masked;
    return OAT_OK;
}

int oat_forgotten_mask_attributes(const struct oat_forgotten *set, uint8_t *bytes, size_t len,
                                  bool *ret_masked)
{
    struct masking masking = {.set = set};
    int result = oat_attrs_texts(bytes, len, mask_text, &masking);
    if (result == OAT_OK)
        *ret_masked = masking.masked;
    return result;
}

int oat_forgotten_mask_value(const struct oat_forgotten *set, uint8_t *bytes, size_t len, bool *ret_masked)
{
    struct masking masking = {.set = set};
    int result = oat_value_texts(bytes, len, mask_text, &masking);
    if (result == OAT_OK)
        *ret_masked = masking.masked;
    return result;
}
