/* Decodes everything in a .blobs file that may be a payload. So that the fuzzer gets past the sums,
 * entries get right ones first: where the input has a possible header, its check (and the id of a RAW
 * chunk) is computed. */
#include "fuzz/fuzz.h"

#include "format/payload.h"
#include "format/varint.h"
#include "oat/oat.h"

#include <string.h>

#define NONCE     UINT64_C(1)
#define HASH_SEED UINT64_C(2)
#define SIZE_CAP  (64u << 10)
#define DECODES   64u /* entries tried; keeps one input fast */

struct image {
    const uint8_t *bytes;
    size_t len;
};

static int read_image(void *arg, uint64_t offset, void *dst, size_t len)
{
    const struct image *im = arg;
    if (offset >= im->len)
        return 0;
    if (len > im->len - offset)
        len = (size_t)(im->len - offset);
    memcpy(dst, im->bytes + offset, len);
    return (int)len;
}

/* Reads what could be an entry; false when it cannot be one. */
static bool possible_entry(const uint8_t *at, size_t avail, uint64_t offset, struct oat_entry *e)
{
    uint64_t back = 0;
    size_t n = 13;
    if (avail < OAT_ENTRY_HEADER_MAX || at[4] == OAT_ENTRY_NONE || at[4] > OAT_ENTRY_RECIPE)
        return false;
    *e = (struct oat_entry){.kind = (enum oat_entry_kind)at[4]};
    memcpy(e->id8, at + 5, sizeof e->id8);
    uint64_t *fields[] = {&e->raw_len, &e->stored_len, &back};
    for (int i = 0; i < (e->kind == OAT_ENTRY_GROUP ? 3 : 2); i++) {
        size_t used = oat_varint_get(at + n, avail - n, fields[i]);
        if (used == 0)
            return false;
        n += used;
    }
    e->pred_offset = back > 0 && back < offset / OAT_BLOB_UNIT ? offset - back * OAT_BLOB_UNIT : 0;
    e->header_len = (uint32_t)n;
    return oat_range_ok(n, e->stored_len, avail);
}

/* Gives entries right sums; returns how many there are, with the places of the first ones. */
static size_t make_right(uint8_t *bytes, size_t len, uint64_t places[DECODES],
                         struct oat_entry found[DECODES])
{
    size_t count = 0;
    for (uint64_t at = OAT_BLOBS_HEADER_SIZE; at < len && count < DECODES;) {
        struct oat_entry e;
        uint8_t header[OAT_ENTRY_HEADER_MAX];
        if (!possible_entry(bytes + at, len - (size_t)at, at, &e)) {
            at += OAT_BLOB_UNIT;
            continue;
        }
        const uint8_t *stored = bytes + at + e.header_len;
        if (e.kind == OAT_ENTRY_RAW) {
            oat_content_id id = oat_content_id_of(stored, (size_t)e.stored_len, HASH_SEED);
            memcpy(e.id8, id.b, sizeof e.id8);
        }
        uint32_t header_len = e.header_len;
        size_t n = oat_entry_encode(header, &e, stored, NONCE, at);
        if (n == header_len) {
            memcpy(bytes + at, header, n);
            found[count] = e;
            places[count++] = at;
        }
        at += oat_entry_size(&e);
    }
    return count;
}

static void decode(oat_payload_decoder *decoder, const struct oat_entry *e, uint64_t at, size_t max_len)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    struct oat_disk_blob_ref ref =
        oat_blob_ref_make(at, e->id8, e->raw_len, 0, e->kind == OAT_ENTRY_RECIPE ? OAT_REF_RECIPE : 0);
    int st = oat_payload_decode(decoder, &ref, max_len, &bytes, &len);
    if (st == OAT_OK) {
        fuzz_require(bytes != NULL && len == (e->raw_len < max_len ? e->raw_len : max_len));
        fuzz_require(len < e->raw_len || oat_entry_raw_ok(e, bytes, len, HASH_SEED));
        free(bytes);
    } else {
        fuzz_require(st == OAT_E_CORRUPT && oat_payload_damage(decoder).what != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[SIZE_CAP];
    uint64_t places[DECODES];
    struct oat_entry found[DECODES];
    size_t len = size < sizeof bytes ? size : sizeof bytes;
    struct image im = {bytes, len};
    const struct oat_blob_source source = {
        .read = read_image, .arg = &im, .nonce = NONCE, .hash_seed = HASH_SEED, .len = len};

    memcpy(bytes, data, len);
    size_t count = make_right(bytes, len, places, found);
    oat_payload_decoder *decoder = oat_payload_decoder_new(&source);
    fuzz_require(decoder != NULL);
    for (size_t i = 0; i < count; i++) {
        if (found[i].raw_len <= SIZE_CAP * 16)
            decode(decoder, &found[i], places[i], SIZE_MAX);
        decode(decoder, &found[i], places[i], 100);
    }
    oat_payload_decoder_free(decoder);
    return 0;
}
