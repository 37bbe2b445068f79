#include "writer/payload_copy.h"

#include "format/entry.h"
#include "format/payload.h"
#include "writer/text.h"
#include "writer/writer.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads from the pair's .blobs (struct oat_blob_source). */
static int read_blobs(void *arg, uint64_t offset, void *dst, size_t len)
{
    const oat_pair *pair = arg;
    size_t have = 0;
    while (have < len) {
        ssize_t n = pread(pair->blobs.fd, (uint8_t *)dst + have, len - have, (off_t)(offset + have));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return OAT_E_IO;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (int)have;
}

/* The tail may be ahead of the file: reservations of other threads that are not written yet. */
static uint64_t written_len(const oat_pair *pair)
{
    struct stat st;
    return fstat(pair->blobs.fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static oat_payload_decoder *decoder_for(const oat_pair *pair)
{
    struct oat_blob_source source = {
        .read = read_blobs,
        .arg = (void *)(uintptr_t)pair,
        .nonce = pair->nonce,
        .hash_seed = pair->blobs.hash_seed,
        .len = written_len(pair),
    };
    return oat_payload_decoder_new(&source);
}

int oat_payload_read_back(const oat_pair *pair, const struct oat_disk_blob_ref *ref, uint8_t **ret,
                          size_t *ret_len)
{
    oat_payload_decoder *decoder = decoder_for(pair);
    if (!decoder)
        return OAT_E_NOMEM;
    int st = oat_payload_decode(decoder, ref, SIZE_MAX, ret, ret_len);
    oat_payload_decoder_free(decoder);
    return st == OAT_NOTFOUND ? OAT_E_CORRUPT : st;
}

/* Copies one payload; what cannot be read or stored is marked lost. */
static int move_payload(oat_thread *thread, const oat_pair *from, oat_pair *to, struct oat_disk_blob_ref *ref)
{
    uint8_t *bytes;
    size_t len;
    uint8_t kept_flags = ref->flags & (OAT_REF_REDACTED | OAT_REF_LIMITED);
    if (oat_blob_ref_is_none(ref) || (ref->flags & OAT_REF_LOST))
        return OAT_OK;
    int st = oat_payload_read_back(from, ref, &bytes, &len);
    if (st != OAT_OK) {
        oat_count_drop(thread, st);
        *ref = (struct oat_disk_blob_ref){
            .raw_len = ref->raw_len, .media = ref->media, .flags = kept_flags | OAT_REF_LOST};
        return OAT_OK;
    }
    uint64_t tail = atomic_load(&to->blobs.tail);
    st = oat_append_payload_or_lost(thread, to, bytes, len, ref->media, ref);
    free(bytes);
    uint64_t grown = atomic_load(&to->blobs.tail);
    if (grown > tail)
        atomic_fetch_add(&to->moved_blob_bytes, grown - tail);
    ref->flags |= kept_flags;
    return st;
}

int oat_record_move(oat_thread *thread, const oat_pair *from, oat_pair *to, struct oat_disk_span *record)
{
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++) {
        uint32_t ref;
        int st = oat_text_move(thread, from, to, oat_le32_get(record->text[i]), &ref);
        if (st != OAT_OK)
            return st;
        record->text[i] = oat_le32_of(ref);
    }
    struct oat_disk_blob_ref *payloads[] = {&record->input, &record->output, &record->error};
    for (unsigned i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        int st = move_payload(thread, from, to, payloads[i]);
        if (st != OAT_OK)
            return st;
    }
    return OAT_OK;
}
