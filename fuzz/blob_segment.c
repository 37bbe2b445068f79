/* A .blobs file: every place that may hold an entry is decoded, and every recipe is walked. Checks
 * that fail are made right and judged once more, as in span_segment.c. */
#include "fuzz/fuzz.h"

#include "format/entry.h"
#include "format/pair_header.h"
#include "format/recipe.h"

#include <string.h>

static void walk_recipe(const uint8_t *ops, size_t len, uint64_t offset)
{
    struct oat_recipe_step step;
    size_t pos = 0, before = 0;
    int st;
    while ((st = oat_recipe_next(ops, len, &pos, offset, &step)) == OAT_OK) {
        fuzz_require(pos > before && pos <= len);
        if (step.op == OAT_RECIPE_LITERAL)
            fuzz_require(step.literal >= ops && step.len <= len && step.literal + step.len == ops + pos);
        else
            fuzz_require(step.offset >= OAT_BLOBS_HEADER_SIZE && step.offset < offset &&
                         step.offset % OAT_BLOB_UNIT == 0);
        fuzz_require(step.op != OAT_RECIPE_BASE || before == 0);
        fuzz_require(oat_recipe_lead(step.op) != NULL);
        before = pos;
    }
    fuzz_require(st == OAT_E_CORRUPT || pos == len);
}

/* What a decoded entry promises, and that encoding it again gives the same header. */
static void check_entry(const uint8_t *at, size_t avail, uint64_t nonce, uint64_t offset,
                        const struct oat_entry *e)
{
    uint8_t again[OAT_ENTRY_HEADER_MAX];
    struct oat_entry copy = *e;
    fuzz_require(e->header_len >= OAT_ENTRY_HEADER_MIN && e->header_len <= avail);
    fuzz_require(e->kind == OAT_ENTRY_RECIPE || (e->raw_len > 0 && e->raw_len <= OAT_CHUNK_MAX));
    fuzz_require(e->pred_offset == 0 || (e->pred_offset >= OAT_BLOBS_HEADER_SIZE && e->pred_offset < offset));
    fuzz_require(oat_entry_size(e) % OAT_BLOB_UNIT == 0);
    if (e->kind == OAT_ENTRY_RECIPE)
        fuzz_require(e->stored_len <= avail - e->header_len);
    size_t n = oat_entry_encode(again, &copy, at + e->header_len, nonce, offset);
    fuzz_require(n == e->header_len && memcmp(again, at, n) == 0);
}

static void try_entry(const uint8_t *at, size_t avail, uint64_t nonce, uint64_t offset)
{
    struct oat_entry e;
    size_t need = 0;
    int st = oat_entry_decode(at, avail, nonce, offset, &e, &need);
    fuzz_require(st != OAT_E_LIMIT || need > avail);
    if (st == OAT_OK) {
        check_entry(at, avail, nonce, offset, &e);
        if (e.kind == OAT_ENTRY_RECIPE)
            walk_recipe(at + e.header_len, (size_t)e.stored_len, offset);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct oat_disk_pair_header h = {0};
    memcpy(&h, data, size < sizeof h ? size : sizeof h);
    (void)oat_pair_header_check(&h, OAT_MAGIC_BLOBS, NULL);
    uint64_t nonce = oat_le64_get(h.nonce);
    for (uint64_t offset = OAT_BLOBS_HEADER_SIZE; offset < size; offset += OAT_BLOB_UNIT) {
        size_t avail = size - (size_t)offset;
        try_entry(data + offset, avail, nonce, offset);
        if (avail > OAT_ENTRY_HEADER_MIN) /* as operations of a recipe, whatever its check says */
            walk_recipe(data + offset + OAT_ENTRY_HEADER_MIN, avail - OAT_ENTRY_HEADER_MIN, offset);
    }
    return 0;
}
