#include "tests/support/blob_fixture.h"

#include "oat/oat.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define NONCE UINT64_C(0x5eed5eed5eed5eed)
#define SEED  UINT64_C(0x0123456789abcdef)

static int read_fd(void *arg, uint64_t offset, void *dst, size_t len)
{
    const struct oat_blob_fixture *f = arg;
    ssize_t n = pread(f->file.fd, dst, len, (off_t)offset);
    return n < 0 ? OAT_E_IO : (int)n;
}

static void *or_abort(void *p)
{
    if (!p)
        abort();
    return p;
}

void oat_blob_fixture_open(struct oat_blob_fixture *fixture, size_t max_entries)
{
    struct oat_blob_fixture *f = fixture;
    *f = (struct oat_blob_fixture){0};
    f->file.fd = memfd_create("blobs", MFD_CLOEXEC);
    if (f->file.fd < 0)
        abort();
    f->file.nonce = NONCE;
    f->file.hash_seed = SEED;
    f->file.tail = OAT_BLOBS_HEADER_SIZE;
    f->file.chunks = or_abort(oat_dedup_new(max_entries));
    f->capture = or_abort(oat_capture_new());
    struct oat_blob_source source = {.read = read_fd, .arg = f, .nonce = NONCE, .hash_seed = SEED};
    f->decoder = or_abort(oat_payload_decoder_new(&source));
}

void oat_blob_fixture_close(struct oat_blob_fixture *fixture)
{
    close(fixture->file.fd);
    oat_dedup_free(fixture->file.chunks);
    oat_capture_free(fixture->capture);
    oat_payload_decoder_free(fixture->decoder);
}

uint64_t oat_blob_fixture_stored(const struct oat_blob_fixture *fixture)
{
    return fixture->file.tail - OAT_BLOBS_HEADER_SIZE;
}

static bool reads_prefix(struct oat_blob_fixture *f, const struct oat_disk_blob_ref *ref, const void *data,
                         size_t len, size_t max_len)
{
    uint8_t *back = NULL;
    size_t back_len = 0;
    size_t want = len < max_len ? len : max_len;
    if (oat_payload_decode(f->decoder, ref, max_len, &back, &back_len) != OAT_OK)
        return false;
    bool same = back_len == want && (want == 0 || memcmp(back, data, want) == 0);
    free(back);
    return same;
}

bool oat_blob_fixture_reads(struct oat_blob_fixture *fixture, const struct oat_disk_blob_ref *ref,
                            const void *data, size_t len)
{
    oat_payload_decoder_set_len(fixture->decoder, fixture->file.tail);
    return reads_prefix(fixture, ref, data, len, SIZE_MAX) && reads_prefix(fixture, ref, data, len, len / 2);
}

bool oat_blob_fixture_round_trip(struct oat_blob_fixture *fixture, const void *data, size_t len,
                                 struct oat_disk_blob_ref *ret)
{
    struct oat_disk_blob_ref ref;
    if (oat_capture_payload(fixture->capture, &fixture->file, &fixture->inflight, data, len, 1, &ref) !=
        OAT_OK)
        return false;
    if (ret)
        *ret = ref;
    return fixture->inflight.from == 0 && oat_blob_fixture_reads(fixture, &ref, data, len);
}

void oat_blob_fixture_census(struct oat_blob_fixture *fixture, uint64_t *ret_count, uint64_t *ret_size)
{
    oat_chunks *chunks = oat_payload_chunks(fixture->decoder);
    struct oat_entry e;
    memset(ret_count, 0, (OAT_ENTRY_RECIPE + 1) * sizeof *ret_count);
    memset(ret_size, 0, (OAT_ENTRY_RECIPE + 1) * sizeof *ret_size);
    oat_payload_decoder_set_len(fixture->decoder, fixture->file.tail);
    for (uint64_t at = OAT_BLOBS_HEADER_SIZE; at < fixture->file.tail;) {
        bool entry = oat_chunks_entry(chunks, at, &e, NULL) == OAT_OK;
        uint64_t size = entry ? oat_entry_size(&e) : OAT_BLOB_UNIT;
        ret_count[entry ? e.kind : OAT_ENTRY_NONE]++;
        ret_size[entry ? e.kind : OAT_ENTRY_NONE] += size;
        at += size;
    }
}

void oat_test_random_bytes(uint64_t *state, void *dst, size_t len)
{
    uint8_t *to = dst;
    for (size_t i = 0; i < len; i++)
        to[i] = (uint8_t)oat_run_next(state);
}

static char *text_room(struct oat_test_text *text, size_t len)
{
    if (text->len + len >= text->room) {
        text->room = (text->len + len + 32) * 2;
        text->v = or_abort(realloc(text->v, text->room));
    }
    return text->v + text->len;
}

void oat_test_text_add(struct oat_test_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *at = text_room(text, (size_t)n + 1);
    va_start(args, format);
    vsnprintf(at, (size_t)n + 1, format, args);
    va_end(args);
    text->len += (size_t)n;
}

void oat_test_text_add_bytes(struct oat_test_text *text, const void *bytes, size_t len)
{
    memcpy(text_room(text, len), bytes, len);
    text->len += len;
}

void oat_test_text_add_message(struct oat_test_text *text, uint64_t *state, size_t turn)
{
    static const char *const words[] = {
        "the ",    "file ", "test ",   "error ",   "\\\"quoted\\\" ", "run ",    "again ", "ok\\n",
        "[list] ", "{x} ",  "search ", "result: ", "caf\xc3\xa9 ",    "value, ", "0.5 ",   "? "};
    oat_test_text_add(text, "{\"role\":\"%s\",\"turn\":%zu,\"content\":\"", turn % 2 ? "assistant" : "user",
                      turn);
    for (uint64_t n = 20 + oat_run_next(state) % 120; n > 0; n--)
        oat_test_text_add(text, "%s%llx", words[oat_run_next(state) % 16],
                          (unsigned long long)(oat_run_next(state) % 4096));
    oat_test_text_add(text, "\"}");
}
