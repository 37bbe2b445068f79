#include "indexer/id_index.h"

#include "oat/oat.h"

#include <string.h>

_Static_assert(sizeof(struct oat_disk_id_index) == 8 && _Alignof(struct oat_disk_id_index) == 1,
               "see SPEC.md, Id index");

/* Entries of a bucket, about: its 4 bytes of start are shared by so many rows. */
#define BUCKET_ROWS     16u
#define TAG_BITS_MAX    16u
#define BUCKET_BITS_MAX 31u
#define SPARE           8u /* zeros behind the entries, so that one can be loaded as a whole word */

static unsigned bits_of(uint32_t x)
{
    return x == 0 ? 0 : 32 - (unsigned)__builtin_clz(x);
}

static unsigned row_bits_of(uint32_t count, unsigned run_bits)
{
    return count == 0 ? 0 : bits_of((count - 1) >> run_bits);
}

/* The greatest number of buckets that leaves each BUCKET_ROWS rows or more. */
static unsigned bucket_bits_of(uint32_t count)
{
    unsigned bits = bits_of(count / BUCKET_ROWS);
    return bits == 0 ? 0 : bits - 1;
}

static uint64_t starts_size(unsigned bucket_bits)
{
    return ((UINT64_C(1) << bucket_bits) + 1) * sizeof(oat_le32);
}

static uint64_t entries_size(uint32_t count, unsigned entry_bits)
{
    return ((uint64_t)count * entry_bits + 63) / 64 * 8 + SPARE;
}

static uint32_t bucket_of(uint64_t hash, unsigned bucket_bits)
{
    return bucket_bits == 0 ? 0 : (uint32_t)(hash >> (64 - bucket_bits));
}

/* The bits below those of the bucket. */
static uint32_t tag_of(uint64_t hash, unsigned bucket_bits, unsigned tag_bits)
{
    return tag_bits == 0 ? 0 : (uint32_t)(hash << bucket_bits >> (64 - tag_bits));
}

/* ---- Writing ---- */

size_t oat_id_index_size(uint32_t count, struct oat_id_index_shape shape)
{
    return (size_t)(sizeof(struct oat_disk_id_index) + starts_size(bucket_bits_of(count)) +
                    entries_size(count, row_bits_of(count, shape.run_bits) + shape.tag_bits));
}

static void add_at(oat_le32 *number, uint32_t x)
{
    *number = oat_le32_of(oat_le32_get(*number) + x);
}

/* Adds an entry to a stream that is zero where it goes. */
static void put_entry(uint8_t *entries, uint64_t place, unsigned entry_bits, uint64_t entry)
{
    uint64_t bit = place * entry_bits;
    oat_le64 word;
    memcpy(&word, entries + bit / 8, sizeof word);
    word = oat_le64_of(oat_le64_get(word) | entry << bit % 8);
    memcpy(entries + bit / 8, &word, sizeof word);
}

void oat_id_index_build(const uint64_t *hashes, uint32_t count, struct oat_id_index_shape shape, uint8_t *dst)
{
    unsigned bucket_bits = bucket_bits_of(count), row_bits = row_bits_of(count, shape.run_bits);
    uint64_t buckets = UINT64_C(1) << bucket_bits;
    struct oat_disk_id_index head = {
        .count = oat_le32_of(count),
        .bucket_bits = (uint8_t)bucket_bits,
        .row_bits = (uint8_t)row_bits,
        .tag_bits = shape.tag_bits,
        .run_bits = shape.run_bits,
    };
    oat_le32 *starts = (void *)(dst + sizeof head);
    uint8_t *entries = dst + sizeof head + starts_size(bucket_bits);

    memset(dst, 0, oat_id_index_size(count, shape));
    memcpy(dst, &head, sizeof head);
    for (uint32_t row = 0; row < count; row++)
        add_at(&starts[bucket_of(hashes[row], bucket_bits) + 1], 1);
    for (uint64_t b = 0; b < buckets; b++)
        add_at(&starts[b + 1], oat_le32_get(starts[b]));
    /* Each start moves to its bucket's end, which is the next one's start: then all are one late. */
    for (uint32_t row = 0; row < count; row++) {
        oat_le32 *place = &starts[bucket_of(hashes[row], bucket_bits)];
        uint64_t tag = tag_of(hashes[row], bucket_bits, shape.tag_bits);
        put_entry(entries, oat_le32_get(*place), row_bits + shape.tag_bits,
                  row >> shape.run_bits | tag << row_bits);
        add_at(place, 1);
    }
    memmove(starts + 1, starts, buckets * sizeof *starts);
    starts[0] = oat_le32_of(0);
}

/* ---- Reading ---- */

static int corrupt(const char **ret_what, const char *what)
{
    *ret_what = what;
    return OAT_E_CORRUPT;
}

int oat_id_index_open(const struct oat_section_view *view, uint32_t rows, struct oat_id_index *ret,
                      const char **ret_what)
{
    const struct oat_disk_id_index *head = (const void *)view->bytes;
    if (view->len < sizeof *head)
        return corrupt(ret_what, "index length");
    if (!oat_section_need(view, 0, sizeof *head))
        return corrupt(ret_what, NULL);
    if (oat_le32_get(head->count) != rows)
        return corrupt(ret_what, "index count");
    if (head->bucket_bits > BUCKET_BITS_MAX || head->tag_bits > TAG_BITS_MAX ||
        head->run_bits > OAT_RUN_BITS_MAX || head->row_bits != row_bits_of(rows, head->run_bits))
        return corrupt(ret_what, "index widths");
    uint64_t starts = starts_size(head->bucket_bits);
    if (view->len != sizeof *head + starts + entries_size(rows, (unsigned)head->row_bits + head->tag_bits))
        return corrupt(ret_what, "index length");
    *ret = (struct oat_id_index){
        .view = *view,
        .entries_at = sizeof *head + starts,
        .count = rows,
        .bucket_bits = head->bucket_bits,
        .row_bits = head->row_bits,
        .tag_bits = head->tag_bits,
        .run_bits = head->run_bits,
    };
    return OAT_OK;
}

static unsigned entry_bits(const struct oat_id_index *index)
{
    return (unsigned)index->row_bits + index->tag_bits;
}

/* Where an entry begins in the view, or a little before. */
static uint64_t entry_at(const struct oat_id_index *index, uint32_t entry)
{
    return index->entries_at + (uint64_t)entry * entry_bits(index) / 8;
}

/* Where the start of a hash's bucket is in the view; that of the next follows. */
static uint64_t start_at(const struct oat_id_index *index, uint64_t hash)
{
    return sizeof(struct oat_disk_id_index) +
           (uint64_t)bucket_of(hash, index->bucket_bits) * sizeof(oat_le32);
}

void oat_id_index_prefetch(const struct oat_id_index *index, uint64_t hash)
{
    __builtin_prefetch(index->view.bytes + start_at(index, hash));
}

struct oat_id_lookup oat_id_index_find(const struct oat_id_index *index, uint64_t hash)
{
    oat_le32 start[2];
    uint64_t at = start_at(index, hash);
    struct oat_id_lookup lookup = {.index = index, .tag = tag_of(hash, index->bucket_bits, index->tag_bits)};
    if (!oat_section_need(&index->view, at, sizeof start))
        return lookup;
    memcpy(start, index->view.bytes + at, sizeof start);
    uint32_t first = oat_le32_get(start[0]), end = oat_le32_get(start[1]);
    end = end < index->count ? end : index->count;
    if (first < end && oat_section_need(&index->view, entry_at(index, first),
                                        entry_at(index, end) + SPARE - entry_at(index, first))) {
        lookup.entry = first;
        lookup.end = end;
    }
    return lookup;
}

void oat_id_lookup_prefetch(const struct oat_id_lookup *lookup)
{
    if (lookup->entry < lookup->end) {
        __builtin_prefetch(lookup->index->view.bytes + entry_at(lookup->index, lookup->entry));
        __builtin_prefetch(lookup->index->view.bytes + entry_at(lookup->index, lookup->end));
    }
}

bool oat_id_lookup_next(struct oat_id_lookup *lookup, uint32_t *ret_first, uint32_t *ret_count)
{
    const struct oat_id_index *index = lookup->index;
    while (lookup->entry < lookup->end) {
        uint64_t bit = (uint64_t)lookup->entry * entry_bits(index);
        oat_le64 word;
        memcpy(&word, index->view.bytes + entry_at(index, lookup->entry++), sizeof word);
        uint64_t entry = oat_le64_get(word) >> bit % 8;
        uint64_t run = entry & ((UINT64_C(1) << index->row_bits) - 1);
        uint64_t tag = entry >> index->row_bits & ((UINT64_C(1) << index->tag_bits) - 1);
        uint64_t first = run << index->run_bits, left = index->count - first;
        if (tag != lookup->tag || first >= index->count || run < lookup->behind)
            continue;
        lookup->behind = run + 1; /* its other entries say the same */
        *ret_first = (uint32_t)first;
        *ret_count = (uint32_t)(left >> index->run_bits == 0 ? left : UINT64_C(1) << index->run_bits);
        return true;
    }
    return false;
}
