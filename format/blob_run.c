#include "format/blob_run.h"

#include "format/chunks.h"
#include "format/recipe.h"
#include "oat/oat.h"

#include <string.h>

static int read_bytes(void *arg, uint64_t offset, void *dst, size_t len)
{
    const struct oat_blob_run *run = arg;
    size_t early = offset < run->offset ? (size_t)(run->offset - offset) : 0;
    if (early > len)
        early = len;
    if (early > 0) {
        int n = run->before(run->arg, offset, dst, early);
        if (n < 0 || (size_t)n < early)
            return n;
    }
    uint64_t at = offset + early - run->offset;
    size_t left = at < run->len ? (size_t)(run->len - at) : 0;
    size_t n = len - early < left ? len - early : left;
    if (n > 0)
        memcpy((uint8_t *)dst + early, run->bytes + at, n);
    return (int)(early + n);
}

static oat_chunks *open_run(struct oat_blob_run *run)
{
    const struct oat_blob_source source = {
        .read = read_bytes,
        .arg = run,
        .nonce = run->nonce,
        .hash_seed = run->hash_seed,
        .len = run->offset + run->len,
    };
    return oat_chunks_new(&source);
}

/* What its operations refer to lies before it: that is all there. */
static int check_recipe(oat_chunks *chunks, uint64_t offset, const struct oat_entry *entry,
                        const uint8_t *ops)
{
    struct oat_recipe_step step;
    size_t at = 0;
    int result;
    do {
        result = oat_recipe_next(ops, (size_t)entry->stored_len, &at, offset, &step);
    } while (result == OAT_OK);
    return result == OAT_NOTFOUND ? OAT_OK : oat_chunks_damaged(chunks, offset, "operations of a recipe");
}

/* The entry at offset, and where the next one may begin. */
static int check_entry(oat_chunks *chunks, uint64_t offset, uint64_t end, uint64_t *ret_next)
{
    struct oat_entry entry;
    const uint8_t *ops, *raw;
    size_t raw_len;
    int result = oat_chunks_entry(chunks, offset, &entry, &ops);
    if (result != OAT_OK)
        return result;
    if (!oat_range_ok(offset, oat_entry_size(&entry), end))
        return oat_chunks_damaged(chunks, offset, "the whole of an entry");
    result = entry.kind == OAT_ENTRY_RECIPE ? check_recipe(chunks, offset, &entry, ops)
                                            : oat_chunks_get(chunks, offset, &raw, &raw_len);
    if (result == OAT_OK)
        *ret_next = offset + oat_entry_size(&entry);
    return result;
}

static bool is_hole(const struct oat_blob_run *run, uint64_t offset)
{
    static const uint8_t zeros[OAT_BLOB_UNIT];
    return memcmp(run->bytes + (offset - run->offset), zeros, sizeof zeros) == 0;
}

/* Goes on to the first thing that is no entry, nor, if they may be, a hole. */
static int walk(const struct oat_blob_run *run, uint64_t from, bool holes, uint64_t *ret_end,
                struct oat_blob_run_fault *ret_fault)
{
    struct oat_blob_run copy = *run;
    uint64_t at = from, end = (run->offset + run->len) / OAT_BLOB_UNIT * OAT_BLOB_UNIT;
    int result = OAT_OK;
    oat_chunks *chunks = open_run(&copy);
    if (!chunks)
        return OAT_E_NOMEM;
    while (at < end && result == OAT_OK) {
        if (holes && is_hole(run, at))
            at += OAT_BLOB_UNIT;
        else
            result = check_entry(chunks, at, end, &at);
    }
    if (result == OAT_E_CORRUPT)
        *ret_fault = (struct oat_blob_run_fault){oat_chunks_damage(chunks).what, at};
    oat_chunks_free(chunks);
    *ret_end = at;
    return result;
}

int oat_blob_run_check(const struct oat_blob_run *run, struct oat_blob_run_fault *ret_fault)
{
    uint64_t end;
    if (run->offset % OAT_BLOB_UNIT != 0 || run->len % OAT_BLOB_UNIT != 0 ||
        run->offset < OAT_BLOBS_HEADER_SIZE || !oat_range_ok(run->offset, run->len, OAT_BLOBS_FILE_MAX)) {
        *ret_fault = (struct oat_blob_run_fault){"a run of whole units of 8 bytes", run->offset};
        return OAT_E_CORRUPT;
    }
    return walk(run, run->offset, true, &end, ret_fault);
}

int oat_blob_run_end(const struct oat_blob_run *run, uint64_t from, uint64_t *ret_end)
{
    struct oat_blob_run_fault fault;
    int result = walk(run, from, false, ret_end, &fault);
    return result == OAT_E_CORRUPT ? OAT_OK : result;
}
