/* What storing payloads costs: new messages beside LZ4 alone, and conversations that are sent again
 * with every call beside cutting, hashing and looking up alone. What the search for secrets before it
 * takes, which can be turned off, stands beside them. */
#include "bench/support/table.h"
#include "bench/support/trajectories.h"
#include "oat/oat.h"
#include "redact/redact.h"
#include "writer/blob_map.h"
#include "writer/capture.h"
#include "writer/split.h"

#include <fcntl.h>
#include <limits.h>
#include <lz4.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TABLE_ENTRIES (1u << 20)

#define READY_BYTES (UINT64_C(16) << 20) /* more than any case stores */

enum {
    COMPRESS,
    CAPTURE_NEW,
    CAPTURE_NEW_PWRITE,
    PIPELINE,
    CAPTURE_RESENT,
    CAPTURE_RESENT_PWRITE,
    SEARCH,
    CASES,
};

/* Metrics of a case. */
enum {
    MB_PER_S,
    STORED,
};

struct load {
    const struct oat_bench_bytes *payload;
    size_t count;
    size_t bytes;
    int fd; /* of a file that has its pages already */
    bool map;
};

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* LZ4 in the same groups, and nothing else. */
static void compress(void *arg, double ret[OAT_BENCH_METRICS])
{
    const struct load *load = arg;
    static char raw[OAT_GROUP_RAW_MAX], stored[LZ4_COMPRESSBOUND(OAT_GROUP_RAW_MAX)];
    LZ4_stream_t *stream = LZ4_createStream();
    size_t used = 0;
    double sum = 0;
    double begin = seconds();
    for (size_t i = 0; i < load->count; i++) {
        const struct oat_bench_bytes *p = &load->payload[i];
        for (size_t at = 0; at < p->len; at += OAT_CHUNK_GROUP_MAX) {
            size_t n = p->len - at < OAT_CHUNK_GROUP_MAX ? p->len - at : OAT_CHUNK_GROUP_MAX;
            if (used + n > sizeof raw) {
                LZ4_resetStream_fast(stream);
                used = 0;
            }
            memcpy(raw + used, p->data + at, n);
            sum += LZ4_compress_fast_continue(stream, raw + used, stored, (int)n, sizeof stored, 1);
            used += n;
        }
    }
    ret[MB_PER_S] = (double)load->bytes / (seconds() - begin) / 1e6;
    ret[STORED] = sum;
    LZ4_freeStream(stream);
}

static void capture(void *arg, double ret[OAT_BENCH_METRICS])
{
    const struct load *load = arg;
    oat_blob_file file = {
        .fd = load->fd, .nonce = 1, .hash_seed = 2, .tail = OAT_BLOB_MAP_FROM, .may_map = load->map};
    oat_blob_inflight inflight = {0};
    struct oat_disk_blob_ref ref;
    file.chunks = oat_dedup_new(TABLE_ENTRIES);
    oat_capture *c = oat_capture_new();
    if (!file.chunks || !c)
        oat_bench_fail("memory");
    oat_blob_map_ahead(&file, READY_BYTES);
    if (load->map && !file.map)
        oat_bench_fail("mapping");
    /* Buffers are there when a thread has stored its first payload. */
    if (oat_capture_payload(c, &file, &inflight, "warm", 4, 0, &ref) != OAT_OK)
        oat_bench_fail("capture");
    double begin = seconds();
    for (size_t i = 0; i < load->count; i++)
        if (oat_capture_payload(c, &file, &inflight, load->payload[i].data, load->payload[i].len, 0, &ref) !=
            OAT_OK)
            oat_bench_fail("capture");
    ret[MB_PER_S] = (double)load->bytes / (seconds() - begin) / 1e6;
    ret[STORED] = (double)(file.tail - OAT_BLOB_MAP_FROM);
    oat_blob_map_close(&file);
    oat_capture_free(c);
    oat_dedup_free(file.chunks);
}

/* Cut every payload from its beginning, name the pieces, look them up. */
static void pipeline(void *arg, double ret[OAT_BENCH_METRICS])
{
    const struct load *load = arg;
    struct oat_cutter cutter;
    struct oat_split split;
    struct oat_piece piece;
    uint64_t value;
    oat_dedup *known = oat_dedup_new(TABLE_ENTRIES);
    if (!known)
        oat_bench_fail("memory");
    oat_cutter_init(&cutter);
    double begin = seconds();
    for (size_t i = 0; i < load->count; i++) {
        oat_split_start(&split, &cutter, load->payload[i].data, load->payload[i].len);
        while (oat_split_next(&split, &piece)) {
            if (piece.kind == OAT_PIECE_LITERAL)
                continue;
            oat_content_id id = oat_content_id_of(load->payload[i].data + piece.pos, piece.len, 2);
            if (!oat_dedup_find(known, &id, &value))
                oat_dedup_put(known, &id, i + 1);
        }
    }
    ret[MB_PER_S] = (double)load->bytes / (seconds() - begin) / 1e6;
    ret[STORED] = 0;
    oat_dedup_free(known);
}

/* Keys by their look and by their names, as every payload is searched unless told not to. */
static void search(void *arg, double ret[OAT_BENCH_METRICS])
{
    const struct load *load = arg;
    oat_random random = {{1, 2, 3, 4}};
    struct oat_redact_ids ids = {.random = &random};
    const struct oat_redact_rules keys = {.kinds = OAT_REDACT_KEYS};
    double begin = seconds();
    for (size_t i = 0; i < load->count; i++) {
        uint8_t *text;
        size_t len;
        int st = oat_redact(&keys, load->payload[i].data, load->payload[i].len, &ids, &text, &len);
        if (st == OAT_OK)
            free(text);
        else if (st != OAT_NOTFOUND)
            oat_bench_fail("redact");
    }
    ret[MB_PER_S] = (double)load->bytes / (seconds() - begin) / 1e6;
    ret[STORED] = 0;
}

/* One LZ4 call over all distinct messages: what Done-when counts against. */
static double one_call(const struct oat_trajectories *t)
{
    int bound = LZ4_compressBound((int)t->message_bytes);
    char *all = malloc(t->message_bytes), *stored = malloc((size_t)bound);
    size_t n = 0;
    if (!all || !stored)
        oat_bench_fail("memory");
    for (size_t i = 0; i < t->messages; i++) {
        memcpy(all + n, t->message[i].data, t->message[i].len);
        n += t->message[i].len;
    }
    int len = LZ4_compress_default(all, stored, (int)n, bound);
    free(all);
    free(stored);
    return len;
}

static void report(const oat_bench_options *options, const oat_bench_rounds *rounds,
                   const struct oat_trajectories *t)
{
    oat_bench_head(options, "payload: real agent runs, one thread", rounds);
    const struct {
        const char *name;
        const char *versus;
        size_t base_no;
        enum oat_bench_goal goal;
        double target;
    } rows[CASES] = {
        [COMPRESS] = {"LZ4 in 256 KiB groups, alone", NULL, 0, OAT_BENCH_NO_GOAL, 0},
        [CAPTURE_NEW] = {"capture, new messages, mapped", "LZ4 alone", COMPRESS, OAT_BENCH_AT_LEAST, 0.75},
        [CAPTURE_NEW_PWRITE] = {"capture, new messages, pwrite", "LZ4 alone", COMPRESS, OAT_BENCH_NO_GOAL, 0},
        [PIPELINE] = {"cut, hash and look up, alone", NULL, 0, OAT_BENCH_NO_GOAL, 0},
        [CAPTURE_RESENT] = {"capture, whole histories, mapped", "cut, hash and look up", PIPELINE,
                            OAT_BENCH_AT_LEAST, 0.6},
        [CAPTURE_RESENT_PWRITE] = {"capture, whole histories, pwrite", "cut, hash and look up", PIPELINE,
                                   OAT_BENCH_AT_LEAST, 0.6},
        [SEARCH] = {"search for secrets, whole histories", "capture, mapped", CAPTURE_RESENT,
                    OAT_BENCH_NO_GOAL, 0},
    };
    for (size_t i = 0; i < CASES; i++)
        oat_bench_print(options,
                        &(oat_bench_row){.name = rows[i].name,
                                         .value = oat_bench_median(rounds, i, MB_PER_S),
                                         .unit = "MB/s",
                                         .versus = rows[i].versus,
                                         .ratio = oat_bench_ratio(rounds, i, rows[i].base_no, MB_PER_S),
                                         .goal = rows[i].goal,
                                         .target = rows[i].target});
    double stored = oat_bench_median(rounds, CAPTURE_RESENT, STORED);
    oat_bench_print(options, &(oat_bench_row){.name = "stored for all calls",
                                              .value = stored / 1e6,
                                              .unit = "MB",
                                              .versus = "one LZ4 call over the messages",
                                              .ratio = stored / one_call(t),
                                              .goal = OAT_BENCH_AT_MOST,
                                              .target = 1.35});
    oat_bench_print(options, &(oat_bench_row){.name = "payloads of all calls as they came",
                                              .value = (double)t->payload_bytes / 1e6,
                                              .unit = "MB",
                                              .versus = "stored",
                                              .ratio = (double)t->payload_bytes / stored});
}

int main(int argc, char **argv)
{
    static oat_bench_rounds rounds;
    struct oat_trajectories t;
    oat_bench_options options;
    char path[OAT_BENCH_PATH_SIZE];
    oat_bench_begin(argc, argv, &options);
    /* Memory that one repetition has touched stays for the next. */
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    if (!oat_trajectories_load(&t)) {
        oat_bench_note(&options, "payload: skipped, no trajectories in OAT_TEST_DATA");
        oat_bench_done(&options);
        return 0;
    }
    oat_bench_path(&options, "blobs", path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        oat_bench_fail(path);
    struct load fresh = {.payload = t.message, .count = t.messages, .bytes = t.message_bytes, .fd = fd};
    struct load resent = {.payload = t.payload, .count = t.payloads, .bytes = t.payload_bytes, .fd = fd};
    struct load fresh_mapped = fresh, resent_mapped = resent;
    fresh_mapped.map = resent_mapped.map = true;
    const oat_bench_case cases[CASES] = {
        [COMPRESS] = {compress, &fresh},
        [CAPTURE_NEW] = {capture, &fresh_mapped},
        [CAPTURE_NEW_PWRITE] = {capture, &fresh},
        [PIPELINE] = {pipeline, &resent},
        [CAPTURE_RESENT] = {capture, &resent_mapped},
        [CAPTURE_RESENT_PWRITE] = {capture, &resent},
        [SEARCH] = {search, &resent},
    };
    oat_bench_run(cases, CASES, options.quick ? 3 : 11, &rounds);
    report(&options, &rounds, &t);
    close(fd);
    oat_bench_done(&options);
    return 0;
}
