/* Any bytes, captured as payloads, come back as they were; and capturing is deterministic. The
 * input is a first payload; parts of it, joined as a conversation would, are further ones. */
#include "fuzz/fuzz.h"

#include "format/payload.h"
#include "oat/oat.h"
#include "writer/capture.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAYLOADS 5u
#define NONCE    UINT64_C(1)
#define SEED     UINT64_C(2)

struct store {
    oat_blob_file file;
    oat_blob_inflight inflight;
    oat_capture *capture;
    struct oat_disk_blob_ref ref[PAYLOADS];
};

struct payload {
    const uint8_t *data;
    size_t len;
};

static int read_store(void *arg, uint64_t offset, void *dst, size_t len)
{
    const struct store *s = arg;
    ssize_t n = pread(s->file.fd, dst, len, (off_t)offset);
    return n < 0 ? OAT_E_IO : (int)n;
}

static void store_open(struct store *s)
{
    *s = (struct store){0};
    s->file.fd = memfd_create("split_join", MFD_CLOEXEC);
    s->file.nonce = NONCE;
    s->file.hash_seed = SEED;
    s->file.tail = OAT_BLOBS_HEADER_SIZE;
    s->file.chunks = oat_dedup_new(1);
    s->capture = oat_capture_new();
    fuzz_require(s->file.fd >= 0 && s->file.chunks != NULL && s->capture != NULL);
}

static void store_close(struct store *s)
{
    close(s->file.fd);
    oat_dedup_free(s->file.chunks);
    oat_capture_free(s->capture);
}

static void capture_all(struct store *s, const struct payload *payload)
{
    for (size_t i = 0; i < PAYLOADS; i++)
        fuzz_require(oat_capture_payload(s->capture, &s->file, &s->inflight, payload[i].data, payload[i].len,
                                         0, &s->ref[i]) == OAT_OK);
}

static void read_all(struct store *s, const struct payload *payload)
{
    struct oat_blob_source source = {
        .read = read_store, .arg = s, .nonce = NONCE, .hash_seed = SEED, .len = s->file.tail};
    oat_payload_decoder *decoder = oat_payload_decoder_new(&source);
    fuzz_require(decoder != NULL);
    for (size_t i = 0; i < PAYLOADS; i++) {
        uint8_t *back = NULL;
        size_t back_len = 0;
        fuzz_require(oat_payload_decode(decoder, &s->ref[i], SIZE_MAX, &back, &back_len) == OAT_OK);
        fuzz_require(back_len == payload[i].len && memcmp(back, payload[i].data, back_len) == 0);
        free(back);
    }
    oat_payload_decoder_free(decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    /* "[" A "," B "]" with A growing: the way of a conversation, whatever A and B are. */
    uint8_t *joined = malloc(2 * len + 4);
    struct store one, two;
    fuzz_require(joined != NULL);
    joined[0] = '[';
    joined[len + 1] = ',';
    if (len > 0) {
        memcpy(joined + 1, data, len);
        memcpy(joined + len + 2, data, len);
    }
    joined[2 * len + 2] = ']';

    const struct payload payload[PAYLOADS] = {
        {data, len},           {joined, len + 1 + len / 2},     {joined, len + 2},
        {joined, 2 * len + 3}, {data + len / 3, len - len / 3},
    };
    store_open(&one);
    store_open(&two);
    capture_all(&one, payload);
    capture_all(&two, payload);
    fuzz_require(one.file.tail == two.file.tail && memcmp(one.ref, two.ref, sizeof one.ref) == 0);
    read_all(&one, payload);
    store_close(&one);
    store_close(&two);
    free(joined);
    return 0;
}
