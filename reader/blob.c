#include "reader/blob.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct oat_decoder {
    const struct oat_pair *pair;
    bool saw_all; /* that comes: the pair was sealed when the length was taken */
    oat_payload_decoder *payloads;
};

static int read_blobs(void *arg, uint64_t offset, void *dst, size_t len)
{
    const struct oat_pair *pair = arg;
    size_t done;
    int result = oat_file_read(&pair->blobs, dst, len, offset, &done);
    return result == OAT_OK ? (int)done : result;
}

/* ---- Decoders ---- */

void oat_decoders_init(struct oat_decoders *decoders)
{
    memset(decoders, 0, sizeof *decoders);
    pthread_mutex_init(&decoders->lock, NULL);
}

static void decoder_free(struct oat_decoder *decoder)
{
    if (!decoder)
        return;
    oat_payload_decoder_free(decoder->payloads);
    free(decoder);
}

void oat_decoders_clear(struct oat_decoders *decoders)
{
    for (size_t i = 0; i < OAT_DECODERS_IDLE_MAX; i++)
        decoder_free(decoders->idle[i]);
    pthread_mutex_destroy(&decoders->lock);
}

struct oat_blob_source oat_blob_source_of(const struct oat_pair *pair)
{
    return (struct oat_blob_source){
        .read = read_blobs,
        .arg = (void *)(uintptr_t)pair,
        .nonce = pair->nonce,
        .hash_seed = pair->hash_seed,
        .len = pair->blobs.size,
        .forgotten = pair->forgotten,
    };
}

static struct oat_decoder *decoder_new(const struct oat_pair *pair)
{
    struct oat_blob_source source = oat_blob_source_of(pair);
    struct oat_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder)
        return NULL;
    decoder->pair = pair;
    decoder->saw_all = pair->sealed;
    decoder->payloads = oat_payload_decoder_new(&source);
    if (decoder->payloads)
        return decoder;
    free(decoder);
    return NULL;
}

/* An idle decoder of the pair, or a new one. */
static struct oat_decoder *take(const struct oat_pair *pair)
{
    struct oat_decoders *decoders = pair->decoders;
    struct oat_decoder *found = NULL;
    pthread_mutex_lock(&decoders->lock);
    for (size_t i = 0; i < OAT_DECODERS_IDLE_MAX && !found; i++) {
        if (decoders->idle[i] && decoders->idle[i]->pair == pair) {
            found = decoders->idle[i];
            decoders->idle[i] = NULL;
        }
    }
    pthread_mutex_unlock(&decoders->lock);
    return found ? found : decoder_new(pair);
}

/* Keeps a decoder as the last used one, in a free place or in that of the least recently used. */
static void give_back(struct oat_decoder *decoder)
{
    struct oat_decoders *decoders = decoder->pair->decoders;
    pthread_mutex_lock(&decoders->lock);
    for (size_t i = 0; i < OAT_DECODERS_IDLE_MAX && decoder; i++) {
        struct oat_decoder *next = decoders->idle[i];
        decoders->idle[i] = decoder;
        decoder = next;
    }
    pthread_mutex_unlock(&decoders->lock);
    decoder_free(decoder);
}

/* Lets the decoder see what the file is now. */
static int refresh(struct oat_decoder *decoder)
{
    uint64_t size, allocated;
    int result = oat_file_size(&decoder->pair->blobs, &size, &allocated);
    if (result == OAT_OK) {
        oat_payload_decoder_set_len(decoder->payloads, size);
        decoder->saw_all = decoder->pair->sealed;
    }
    return result;
}

/* ---- Reading ---- */

static void report(const struct oat_pair *pair, uint64_t offset, const char *expected,
                   struct oat_problems *problems)
{
    oat_problems_add(problems, oat_pair_dangling(pair, offset < pair->strict_blob_bytes), pair->blobs_path,
                     offset, "payload", expected, "damaged or missing");
}

static int terminate(uint8_t **bytes, size_t len)
{
    uint8_t *larger = realloc(*bytes, len + 1);
    if (!larger) {
        free(*bytes);
        return OAT_E_NOMEM;
    }
    larger[len] = '\0';
    *bytes = larger;
    return OAT_OK;
}

/* text: all of it, for looking for text. */
static int decode(struct oat_decoder *decoder, const struct oat_disk_blob_ref *ref, size_t max, bool text,
                  uint8_t **ret_bytes, size_t *ret_len)
{
    return text ? oat_payload_decode_text(decoder->payloads, ref, ret_bytes, ret_len)
                : oat_payload_decode(decoder->payloads, ref, max, ret_bytes, ret_len);
}

static int read_payload(const struct oat_pair *pair, const struct oat_disk_blob_ref *ref, size_t max,
                        bool text, struct oat_problems *problems, uint8_t **ret_bytes, size_t *ret_len,
                        bool *ret_masked)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    if (oat_blob_ref_is_none(ref))
        return OAT_NOTFOUND;
    if (!pair->has_blobs || (ref->flags & OAT_REF_LOST))
        return OAT_E_CORRUPT;
    struct oat_decoder *decoder = take(pair);
    if (!decoder)
        return OAT_E_NOMEM;
    int result = decode(decoder, ref, max, text, &bytes, &len);
    /* The decoder may have read this place before the entry was there. */
    if (result == OAT_E_CORRUPT && !decoder->saw_all && refresh(decoder) == OAT_OK)
        result = decode(decoder, ref, max, text, &bytes, &len);
    if (result == OAT_E_IO) {
        oat_problems_add_errno(problems, pair->blobs_path, oat_blob_ref_offset(ref), "read", errno);
    } else if (result == OAT_E_CORRUPT) {
        struct oat_blob_damage damage = oat_payload_damage(decoder->payloads);
        report(pair, damage.offset, damage.what, problems);
    }
    bool masked = oat_payload_met_forgotten(decoder->payloads);
    give_back(decoder);
    if (result == OAT_OK)
        result = terminate(&bytes, len);
    if (result != OAT_OK)
        return result;
    *ret_bytes = bytes;
    *ret_len = len;
    *ret_masked = masked;
    return OAT_OK;
}

int oat_blob_read(const struct oat_pair *pair, const struct oat_disk_blob_ref *ref, size_t max,
                  struct oat_problems *problems, uint8_t **ret_bytes, size_t *ret_len, bool *ret_masked)
{
    return read_payload(pair, ref, max, false, problems, ret_bytes, ret_len, ret_masked);
}

int oat_blob_read_text(const struct oat_pair *pair, const struct oat_disk_blob_ref *ref,
                       struct oat_problems *problems, uint8_t **ret_bytes, size_t *ret_len)
{
    bool masked;
    return read_payload(pair, ref, SIZE_MAX, true, problems, ret_bytes, ret_len, &masked);
}

/* ---- Verifying ---- */

/* Walks over what is no entry: holes are zeros; other bytes are what an unfinished write left, or a
 * damaged entry, which shows when a reference is followed. Returns where it ends. */
static uint64_t skip_gap(const struct oat_pair *pair, uint64_t offset, uint64_t end,
                         struct oat_problems *problems)
{
    uint8_t bytes[4096];
    size_t len = 0, zeros = 0;
    static const uint8_t zero[OAT_BLOB_UNIT];
    if (oat_file_read(&pair->blobs, bytes, sizeof bytes, offset, &len) != OAT_OK) {
        oat_problems_add_errno(problems, pair->blobs_path, offset, "read", errno);
        return end;
    }
    if (len == 0) {
        oat_problems_add_numbers(problems, OAT_PROBLEM_CORRUPT, pair->blobs_path, offset, "file length", end,
                                 offset);
        return end;
    }
    while (zeros + OAT_BLOB_UNIT <= len && memcmp(bytes + zeros, zero, sizeof zero) == 0)
        zeros += OAT_BLOB_UNIT;
    if (zeros > 0)
        return offset + zeros;
    if (memcmp(bytes, zero, len < sizeof zero ? len : sizeof zero) != 0)
        oat_problems_add(problems, OAT_PROBLEM_TORN, pair->blobs_path, offset, "bytes of no entry",
                         "an entry or zeros", "others");
    return offset + OAT_BLOB_UNIT;
}

/* A bad entry that is not known to be referred to: beyond what was synced, an unfinished write. */
static void report_entry(const struct oat_pair *pair, struct oat_blob_damage damage,
                         struct oat_problems *problems)
{
    if (pair->sealed || damage.offset < pair->strict_blob_bytes)
        report(pair, damage.offset, damage.what, problems);
    else if (pair->liveness != OAT_WRITER_ALIVE)
        oat_problems_add(problems, OAT_PROBLEM_TORN, pair->blobs_path, damage.offset, "unfinished entry",
                         damage.what, "damaged or missing");
}

int oat_blobs_walk(const struct oat_pair *pair, oat_chunks *chunks, uint64_t end,
                   struct oat_problems *problems, oat_blob_entry_fn fn, void *arg)
{
    uint64_t offset = OAT_BLOBS_HEADER_SIZE;
    while (offset < end) {
        struct oat_entry entry;
        int result = oat_chunks_entry(chunks, offset, &entry, NULL);
        if (result == OAT_E_CORRUPT) {
            offset = skip_gap(pair, offset, end, problems);
            continue;
        }
        if (result == OAT_E_IO) {
            oat_problems_add_errno(problems, pair->blobs_path, offset, "read", errno);
            return OAT_OK;
        }
        if (result == OAT_OK)
            result = fn(arg, offset, &entry);
        if (result != OAT_OK)
            return result;
        offset += oat_entry_size(&entry);
    }
    return OAT_OK;
}

struct verify {
    const struct oat_pair *pair;
    oat_chunks *chunks;
    struct oat_problems *problems;
};

static int verify_entry(void *arg, uint64_t offset, const struct oat_entry *entry)
{
    const struct verify *v = arg;
    const uint8_t *raw;
    size_t raw_len;
    int result = OAT_OK;
    if (entry->kind != OAT_ENTRY_RECIPE)
        result = oat_chunks_get(v->chunks, offset, &raw, &raw_len);
    if (result == OAT_E_CORRUPT) {
        report_entry(v->pair, oat_chunks_damage(v->chunks), v->problems);
        return OAT_OK;
    }
    if (result == OAT_E_IO) {
        oat_problems_add_errno(v->problems, v->pair->blobs_path, offset, "read", errno);
        return OAT_OK;
    }
    return result;
}

int oat_blobs_verify(const struct oat_pair *pair, struct oat_problems *problems)
{
    struct oat_decoder *decoder = decoder_new(pair);
    if (!decoder)
        return OAT_E_NOMEM;
    struct verify v = {pair, oat_payload_chunks(decoder->payloads), problems};
    int result = oat_blobs_walk(pair, v.chunks, pair->blobs.size, problems, verify_entry, &v);
    decoder_free(decoder);
    return result;
}
