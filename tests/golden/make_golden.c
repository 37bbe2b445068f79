/* Writes the good golden stores: make_golden DIR makes DIR/v1/<case>/. The files in
 * tests/golden/good are its output and are never made anew to turn a test green. */
#include "format/attrs.h"
#include "format/recipe.h"
#include "tests/support/golden_catalog.h"
#include "tests/support/golden_pair.h"

#include <lz4.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static void minimal(const char *dir)
{
    struct golden_pair p;
    golden_pair_init(&p, 0xa1, 0);
    oat_string_ref name = golden_string(&p, "hello", 5);
    struct oat_disk_span s = golden_span(0x11, 0x22, 0);
    s.text[OAT_TEXT_NAME] = name;
    s.output = golden_payload(&p, "Hi!", 3, 1);
    golden_slot(&p, OAT_SLOT_SPAN, &s);
    golden_pair_write(&p, dir);
    golden_pair_free(&p);
}

/* ---- Fields ---- */

static struct oat_disk_span full_span(struct golden_pair *p)
{
    static const char *const texts[OAT_TEXT_FIELDS] = {"chat",     "shop",  "prod",      "model-1",
                                                       "provider", "agent", "session-1", "user-1",
                                                       "chat",     "fine",  "greeting"};
    struct oat_disk_span s = golden_span(0x11, 0x01, 0);
    uint32_t flags = OAT_SPAN_HAS_TTFT | OAT_SPAN_HAS_COST | OAT_SPAN_HAS_COST_INPUT |
                     OAT_SPAN_HAS_COST_OUTPUT | OAT_SPAN_HAS_PROMPT_VERSION |
                     (uint32_t)OAT_COST_COMPUTED << OAT_SPAN_COST_SOURCE_SHIFT;
    for (int i = 0; i < OAT_TEXT_FIELDS; i++)
        s.text[i] = golden_string(p, texts[i], strlen(texts[i]));
    for (int i = 0; i < OAT_COUNT_FIELDS; i++) {
        s.count[i] = oat_le32_of(1000u + (uint32_t)i);
        flags |= OAT_SPAN_HAS_COUNT(i);
    }
    s.otel_status = OAT_OTEL_OK;
    s.price_tier = 2;
    s.prompt_version = oat_le32_of(7);
    s.ttft_us = oat_le32_of(250000);
    s.cost_total_nano = oat_le64_of(3000000001);
    s.cost_input_nano = oat_le64_of(1000000000);
    s.cost_output_nano = oat_le64_of((uint64_t)-5);
    s.call_id = oat_le64_of(UINT64_C(0x0123456789abcdef));
    s.sample_rate = oat_le32_of(125000000);
    s.flags = oat_le32_of(flags);
    return s;
}

static void fields(const char *dir)
{
    struct golden_pair p;
    golden_pair_init(&p, 0xa2, 0);
    struct oat_disk_span s = full_span(&p);
    golden_slot(&p, OAT_SLOT_SPAN, &s);

    for (unsigned bit = 0; bit < 32; bit++) { /* one span a flag; bits 22-31 must be ignored */
        s = golden_span(0x12, 1 + bit, 0);
        s.type = (uint8_t)(1 + bit % 14);
        s.status = bit % 2 ? OAT_STATUS_ERROR : OAT_STATUS_SUCCESS;
        s.otel_status = (uint8_t)(bit % 4);
        s.flags = oat_le32_of(UINT32_C(1) << bit);
        memset(s.unused, (int)bit, sizeof s.unused);
        for (int i = 0; i < OAT_COUNT_FIELDS; i++)
            s.count[i] = oat_le32_of(i == 0 ? OAT_COUNT_MAX : (uint32_t)i);
        s.ttft_us = oat_le32_of(OAT_COUNT_MAX);
        s.cost_total_nano = oat_le64_of(UINT64_C(0x8000000000000000));
        golden_slot(&p, OAT_SLOT_SPAN, &s);
    }
    s = golden_span(0x13, 1, 0); /* times at their limits */
    s.start_ns = oat_le64_of(OAT_TIME_MAX);
    s.duration_ns = oat_le64_of(0);
    golden_slot(&p, OAT_SLOT_SPAN, &s);
    s = golden_span(0x13, 2, 1);
    s.start_ns = oat_le64_of(0);
    s.duration_ns = oat_le64_of(OAT_TIME_MAX);
    s.sample_rate = oat_le32_of(OAT_SAMPLE_RATE_ONE);
    golden_slot(&p, OAT_SLOT_SPAN, &s);
    golden_pair_write(&p, dir);
    golden_pair_free(&p);
}

/* ---- Texts ---- */

static void strings(const char *dir)
{
    static const size_t lens[] = {0, 1, OAT_STRING_INLINE_MAX, OAT_STRING_INLINE_MAX + 1, OAT_TEXT_MAX};
    struct golden_pair p;
    char text[OAT_TEXT_MAX];
    struct oat_disk_span s = golden_span(0x11, 0x01, 0);
    golden_pair_init(&p, 0xa3, 0);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i % 26);
    for (unsigned i = 0; i < 5; i++)
        s.text[i] = golden_string(&p, text, lens[i]);
    s.text[OAT_TEXT_AGENT] = golden_string(&p, "nul \0 bad \xff\xc3 end", 16);
    s.text[OAT_TEXT_SESSION] = golden_string(&p, "\xe2\x80\xae right to left \x1b[31m", 23);
    golden_slot(&p, OAT_SLOT_SPAN, &s);
    golden_pair_write(&p, dir);
    golden_pair_free(&p);
}

/* ---- Running spans ---- */

static struct oat_disk_span open_span(struct golden_pair *p, unsigned trace, unsigned span)
{
    struct oat_disk_span s = golden_span(trace, span, 0);
    s.status = OAT_STATUS_OPEN;
    s.duration_ns = oat_le64_of(0);
    s.text[OAT_TEXT_NAME] = golden_string(p, "running", 7);
    s.input = golden_payload(p, "{\"q\":1}", 7, 2);
    return s;
}

static void open_spans(const char *dir)
{
    struct golden_pair p;
    golden_pair_init(&p, 0xa4, 0);
    struct oat_disk_span remains = open_span(&p, 0x11, 0x01); /* neither carried nor ended: does not count */
    struct oat_disk_span carried = open_span(&p, 0x11, 0x02);
    struct oat_disk_span ended = open_span(&p, 0x11, 0x03);
    golden_slot(&p, OAT_SLOT_OPEN, &remains);
    golden_slot(&p, OAT_SLOT_OPEN, &carried);
    golden_slot(&p, OAT_SLOT_OPEN, &ended);
    golden_seal(&p);
    golden_pair_write(&p, dir);
    golden_pair_free(&p);

    golden_pair_init(&p, 0xa4, 1);
    carried = open_span(&p, 0x11, 0x02);
    ended = open_span(&p, 0x11, 0x03);
    golden_slot(&p, OAT_SLOT_OPEN, &carried);
    golden_slot(&p, OAT_SLOT_OPEN, &ended);
    golden_carried(&p);
    golden_pair_write(&p, dir);
    golden_pair_free(&p);

    golden_pair_init(&p, 0xa4, 2); /* not carried yet: the OPENs of pair 1 count, and those here */
    ended = open_span(&p, 0x11, 0x03);
    struct oat_disk_span later = open_span(&p, 0x11, 0x04);
    golden_slot(&p, OAT_SLOT_OPEN, &later);
    golden_slot(&p, OAT_SLOT_OPEN, &ended);
    ended.status = OAT_STATUS_ERROR;
    golden_slot(&p, OAT_SLOT_SPAN, &ended);
    golden_pair_write(&p, dir);
    golden_pair_free(&p);
}

/* ---- What belongs to spans ---- */

static void joined(const char *dir)
{
    struct golden_pair p;
    golden_pair_init(&p, 0xa5, 0);
    static const uint8_t one_attr[] = {1, 1, 'n', OAT_VALUE_INT, 84};
    struct oat_disk_span s = golden_span(0x11, 0x01, 0);
    oat_string_ref name = golden_string(&p, "retry", 5);

    struct oat_disk_event event = {.id = oat_le64_of(1), .span_start_ns = s.start_ns, .name = name};
    memcpy(event.trace_id, s.trace_id, 16);
    memcpy(event.span_id, s.span_id, 8);
    event.time_ns = oat_le64_of(GOLDEN_START_NS + 5);
    event.attributes = golden_payload(&p, one_attr, sizeof one_attr, 3);
    golden_slot(&p, OAT_SLOT_EVENT, &event);
    golden_slot(&p, OAT_SLOT_EVENT, &event); /* sent twice: one */
    golden_slot(&p, OAT_SLOT_SPAN, &s);

    struct oat_disk_link link = {
        .id = oat_le64_of(2), .span_start_ns = s.start_ns, .trace_flags = 1, .remote = 1};
    memcpy(link.trace_id, s.trace_id, 16);
    memcpy(link.span_id, s.span_id, 8);
    memset(link.target_trace_id, 0x77, 16);
    memset(link.target_span_id, 0x78, 8);
    link.trace_state = golden_string(&p, "vendor=x", 8);
    golden_slot(&p, OAT_SLOT_LINK, &link);

    struct oat_disk_score score = {
        .id = oat_le64_of(3), .has_value = 1, .time_ns = oat_le64_of(GOLDEN_START_NS)};
    double value = 0.75;
    memcpy(&score.value, &value, sizeof value);
    memcpy(score.trace_id, s.trace_id, 16);
    score.name = golden_string(&p, "helpful", 7);
    score.source = golden_string(&p, "user", 4);
    golden_slot(&p, OAT_SLOT_SCORE, &score);
    score.id = oat_le64_of(4);
    score.has_value = 0;
    memcpy(score.span_id, s.span_id, 8);
    score.target_start_ns = s.start_ns;
    score.label = golden_string(&p, "good", 4);
    score.comment = golden_string(&p, "as asked", 8);
    golden_slot(&p, OAT_SLOT_SCORE, &score);

    s = golden_span(0x12, 0x01, 0); /* hidden by the tombstone behind it */
    golden_slot(&p, OAT_SLOT_SPAN, &s);
    struct oat_disk_tombstone stone = {.id = oat_le64_of(5), .time_ns = oat_le64_of(GOLDEN_START_NS)};
    memcpy(stone.trace_id, s.trace_id, 16);
    stone.reason = golden_string(&p, "asked for", 9);
    golden_slot(&p, OAT_SLOT_TOMBSTONE, &stone);
    golden_pair_write(&p, dir);
    golden_pair_free(&p);
}

static void other_kinds(const char *dir)
{
    struct golden_pair p;
    uint8_t bytes[OAT_SLOT_SIZE];
    struct oat_disk_span s = golden_span(0x11, 0x01, 0);
    memset(bytes, 0x2a, sizeof bytes);
    golden_pair_init(&p, 0xa6, 0);
    golden_slot(&p, OAT_SLOT_VOID, bytes);
    golden_slot(&p, 200, bytes);
    golden_slot(&p, 200, bytes);
    golden_slot(&p, OAT_SLOT_PROMPT, bytes);
    golden_slot(&p, OAT_SLOT_LABEL, bytes);
    golden_slot(&p, OAT_SLOT_FORGET, bytes);
    golden_slot(&p, OAT_SLOT_SPAN, &s);
    golden_durable(&p, 4, p.blobs_len, 1);
    golden_durable(&p, 7, p.blobs_len, 2);
    golden_seal(&p);
    golden_pair_write(&p, dir);
    golden_pair_free(&p);
}

/* SPEC.md, Counted usage: 01 sums up what 02 and 03 report; 03 and 04 are one call, seen twice; 05 and
 * 06 are each other's parents. */
static void usage(const char *dir)
{
    static const unsigned parents[] = {0, 0x01, 0x02, 0x01, 0x06, 0x05};
    struct golden_pair p;
    golden_pair_init(&p, 0xb2, 0);
    for (unsigned i = 0; i < 6; i++) {
        struct oat_disk_span s = golden_span(0x11, 1 + i, parents[i]);
        if (i != 1) {
            s.flags = oat_le32_of(OAT_SPAN_HAS_COUNT(OAT_COUNT_INPUT) | OAT_SPAN_PARENT_LOCAL);
            s.count[OAT_COUNT_INPUT] = oat_le32_of(100);
        }
        s.call_id = oat_le64_of(i == 2 || i == 3 ? 77 : 0);
        golden_slot(&p, OAT_SLOT_SPAN, &s);
    }
    golden_pair_write(&p, dir);
    golden_pair_free(&p);
}

/* A pair that was made in another store is read alike. */
static void replica(const char *dir)
{
    struct golden_pair p;
    struct oat_disk_span s = golden_span(0x11, 0x01, 0);
    golden_pair_init(&p, 0xb3, 0);
    memset(p.header.store_id, 0x99, sizeof p.header.store_id);
    golden_header(&p);
    golden_slot(&p, OAT_SLOT_SPAN, &s);
    golden_pair_write(&p, dir);
    golden_pair_free(&p);
}

/* ---- Payloads ---- */

/* Text that compresses well, different for each n. */
static void prose(char *dst, size_t len, unsigned n)
{
    static const char *const words[] = {"agent ", "plans ", "the ", "next ",
                                        "tool ",  "call ",  "and ", "reads\n"};
    size_t at = 0;
    for (uint32_t x = n + 1; at < len; x = x * 1103515245u + 12345u)
        for (const char *w = words[x >> 20 & 7]; *w && at < len; w++)
            dst[at++] = *w;
}

static void add_output(struct golden_pair *p, unsigned span, struct oat_disk_blob_ref ref)
{
    struct oat_disk_span s = golden_span(0x11, span, 0);
    s.output = ref;
    golden_slot(p, OAT_SLOT_SPAN, &s);
}

static void chunks(const char *dir)
{
    struct golden_pair p;
    char text[3000];
    golden_pair_init(&p, 0xa7, 0);
    prose(text, sizeof text, 1);
    add_output(&p, 1, golden_ref(golden_raw(&p, text, 1), text, 1, 1, 0));
    add_output(&p, 2, golden_ref(golden_lz4(&p, text, sizeof text), text, sizeof text, 4, 0));
    add_output(&p, 3, golden_payload(&p, "", 0, 2));
    add_output(&p, 4, golden_ref(golden_raw(&p, text, 100), text, 100, 0, OAT_REF_REDACTED));
    add_output(&p, 5, golden_ref(golden_raw(&p, text, 200), text, 200, 255, OAT_REF_LIMITED));
    golden_pair_write(&p, dir);
    golden_pair_free(&p);
}

/* Four chunks of one linked group; the last two cannot reach back to the first. */
static void groups(const char *dir)
{
    static const size_t lens[] = {500, 65535, 40000, 2000};
    static char raw[200000], stored[70000];
    struct golden_pair p;
    LZ4_stream_t *lz4 = LZ4_createStream();
    size_t at = 0;
    uint64_t pred = 0;
    golden_pair_init(&p, 0xa8, 0);
    for (unsigned i = 0; i < 4; i++) {
        prose(raw + at, lens[i], i);
        if (i == 1)
            memset(raw + at, '.', lens[i]);
        if (i == 2)
            memset(raw + at + 300, '-', lens[i] - 300);
        if (i == 3)
            prose(raw + at, lens[i], 2);
        int n = LZ4_compress_fast_continue(lz4, raw + at, stored, (int)lens[i], sizeof stored, 1);
        if (n <= 0)
            abort();
        pred = golden_entry(&p, OAT_ENTRY_GROUP, raw + at, lens[i], stored, (size_t)n, pred);
        add_output(&p, 1 + i, golden_ref(pred, raw + at, lens[i], 1, 0));
        at += lens[i];
    }
    LZ4_freeStream(lz4);
    golden_pair_write(&p, dir);
    golden_pair_free(&p);
}

static void recipes(const char *dir)
{
    struct golden_pair p;
    uint8_t ops[256];
    golden_pair_init(&p, 0xa9, 0);
    uint64_t user = golden_raw(&p, "{\"user\":\"hi\"}", 13);
    uint64_t agent = golden_raw(&p, "{\"agent\":\"ho\"}", 14);
    uint64_t image = golden_raw(&p, "\x89PNG\r\n\x1a\n\x00", 9);
    uint64_t image8 = golden_raw(&p, "\x89PNG\r\n\x1a\n", 8);

    static const char first[] = "[{\"user\":\"hi\"},{\"agent\":\"ho\"}]";
    uint64_t at = golden_next_offset(&p);
    size_t n = oat_recipe_put_literal(ops, "[", 1);
    n += oat_recipe_put_chunk(ops + n, OAT_RECIPE_CHUNK, at, user);
    n += oat_recipe_put_chunk(ops + n, OAT_RECIPE_COMMA_CHUNK, at, agent);
    n += oat_recipe_put_literal(ops + n, "]", 1);
    uint64_t r1 = golden_recipe(&p, ops, n, first, strlen(first));
    add_output(&p, 1, golden_ref(r1, first, strlen(first), 2, OAT_REF_RECIPE));

    static const char second[] = "[{\"user\":\"hi\"},{\"agent\":\"ho\"}, {\"user\":\"hi\"}]";
    at = golden_next_offset(&p);
    n = oat_recipe_put_base(ops, at, r1, strlen(first) - 1);
    n += oat_recipe_put_chunk(ops + n, OAT_RECIPE_COMMA_SPACE_CHUNK, at, user);
    n += oat_recipe_put_literal(ops + n, "]", 1);
    uint64_t r2 = golden_recipe(&p, ops, n, second, strlen(second));
    add_output(&p, 2, golden_ref(r2, second, strlen(second), 2, OAT_REF_RECIPE));

    static const char third[] =
        "[{\"user\":\"hi\"},{\"agent\":\"ho\"}, {\"user\":\"hi\"},\"iVBORw0KGgoA\",\"iVBORw0KGgo=\"]";
    at = golden_next_offset(&p);
    n = oat_recipe_put_base(ops, at, r2, strlen(second) - 1);
    n += oat_recipe_put_literal(ops + n, ",\"", 2);
    n += oat_recipe_put_chunk(ops + n, OAT_RECIPE_BASE64, at, image);
    n += oat_recipe_put_literal(ops + n, "", 0);
    n += oat_recipe_put_literal(ops + n, "\",\"", 3);
    n += oat_recipe_put_chunk(ops + n, OAT_RECIPE_BASE64, at, image8);
    n += oat_recipe_put_literal(ops + n, "\"]", 2);
    uint64_t r3 = golden_recipe(&p, ops, n, third, strlen(third));
    add_output(&p, 3, golden_ref(r3, third, strlen(third), 2, OAT_REF_RECIPE));
    golden_pair_write(&p, dir);
    golden_pair_free(&p);
}

/* A chain of 64 recipes, each one byte longer than its base: the longest allowed. */
static void deep_bases(const char *dir)
{
    struct golden_pair p;
    uint8_t ops[64];
    char text[OAT_RECIPE_DEPTH_MAX];
    uint64_t base = 0;
    golden_pair_init(&p, 0xaa, 0);
    memset(text, 'x', sizeof text);
    for (size_t len = 1; len <= sizeof text; len++) {
        size_t n = base ? oat_recipe_put_base(ops, golden_next_offset(&p), base, len - 1) : 0;
        n += oat_recipe_put_literal(ops + n, "x", 1);
        base = golden_recipe(&p, ops, n, text, len);
    }
    add_output(&p, 1, golden_ref(base, text, sizeof text, 1, OAT_REF_RECIPE));
    golden_pair_write(&p, dir);
    golden_pair_free(&p);
}

/* ---- Attributes ---- */

static size_t put_attr(uint8_t *dst, const char *key, oat_value value)
{
    dst[0] = (uint8_t)strlen(key);
    memcpy(dst + 1, key, dst[0]);
    return 1u + dst[0] + oat_value_encode(dst + 1 + dst[0], &value);
}

static void attributes(const char *dir)
{
    static const oat_value items[] = {{OAT_VALUE_INT, 0, {.integer = 1}},
                                      {OAT_VALUE_STRING, 1, {.string = "b"}}};
    static const oat_attr members[] = {{"in", 2, {OAT_VALUE_ARRAY, 2, {.array = items}}},
                                       {"", 0, {OAT_VALUE_NULL, 0, {0}}}};
    const oat_value null = {OAT_VALUE_NULL, 0, {0}};
    struct golden_pair p;
    uint8_t bytes[1024] = {16};
    size_t n = 1;
    n += put_attr(bytes + n, "null", null);
    n += put_attr(bytes + n, "text", (oat_value){OAT_VALUE_STRING, 7, {.string = "na\xc3\xafve\0"}});
    n += put_attr(bytes + n, "true", (oat_value){OAT_VALUE_BOOL, 0, {.boolean = true}});
    n += put_attr(bytes + n, "false", (oat_value){OAT_VALUE_BOOL, 0, {.boolean = false}});
    n += put_attr(bytes + n, "least", (oat_value){OAT_VALUE_INT, 0, {.integer = INT64_MIN}});
    n += put_attr(bytes + n, "most", (oat_value){OAT_VALUE_INT, 0, {.integer = INT64_MAX}});
    n += put_attr(bytes + n, "minus", (oat_value){OAT_VALUE_INT, 0, {.integer = -1}});
    n += put_attr(bytes + n, "pi", (oat_value){OAT_VALUE_DOUBLE, 0, {.real = 3.140625}});
    n += put_attr(bytes + n, "-0", (oat_value){OAT_VALUE_DOUBLE, 0, {.real = -0.0}});
    n += put_attr(bytes + n, "inf", (oat_value){OAT_VALUE_DOUBLE, 0, {.real = (double)INFINITY}});
    n += put_attr(bytes + n, "nan", (oat_value){OAT_VALUE_DOUBLE, 0, {.real = (double)NAN}});
    n +=
        put_attr(bytes + n, "bytes", (oat_value){OAT_VALUE_BYTES, 3, {.bytes = (const uint8_t *)"\0\1\xff"}});
    n += put_attr(bytes + n, "array", (oat_value){OAT_VALUE_ARRAY, 2, {.array = items}});
    n += put_attr(bytes + n, "map", (oat_value){OAT_VALUE_MAP, 2, {.map = members}});
    n += put_attr(bytes + n, "twice", (oat_value){OAT_VALUE_INT, 0, {.integer = 1}});
    n += put_attr(bytes + n, "twice", (oat_value){OAT_VALUE_INT, 0, {.integer = 2}});

    golden_pair_init(&p, 0xab, 0);
    struct oat_disk_span s = golden_span(0x11, 0x01, 0);
    s.attributes = golden_payload(&p, bytes, n, 3);
    s.error = golden_payload(&p, "boom\n  at line 1", 16, 1);
    s.status = OAT_STATUS_ERROR;
    golden_slot(&p, OAT_SLOT_SPAN, &s);
    golden_pair_write(&p, dir);
    golden_pair_free(&p);
}

/* ---- Repeats, losses, tails ---- */

static void repeats(const char *dir)
{
    for (unsigned writer = 0xac; writer <= 0xad; writer++) {
        struct golden_pair p;
        golden_pair_init(&p, writer, 0);
        struct oat_disk_span s = golden_span(0x11, 0x01, 0); /* the same end: the canonical form decides */
        s.text[OAT_TEXT_NAME] = golden_string(&p, writer == 0xac ? "one" : "two", 3);
        golden_slot(&p, OAT_SLOT_SPAN, &s);
        s = golden_span(0x11, 0x02, 0); /* the greater end */
        s.duration_ns = oat_le64_of(writer);
        golden_slot(&p, OAT_SLOT_SPAN, &s);
        s = golden_span(0x11, 0x03, 0); /* equal but stored otherwise: one */
        if (writer == 0xad)
            golden_raw(&p, "x", 1);
        s.output = golden_payload(&p, "same", 4, 1);
        golden_slot(&p, OAT_SLOT_SPAN, &s);
        s = golden_span(0x11, 0x04, 0); /* on two days: two */
        if (writer == 0xad)
            s.start_ns = oat_le64_of(GOLDEN_START_NS + UINT64_C(86400000000000));
        golden_slot(&p, OAT_SLOT_SPAN, &s);
        golden_pair_write(&p, dir);
        golden_pair_free(&p);
    }
}

static void lost(const char *dir)
{
    struct golden_pair p;
    golden_pair_init(&p, 0xae, 0);
    struct oat_disk_blob_ref ref = {.raw_len = oat_le48_of(123456), .media = 1, .flags = OAT_REF_LOST};
    add_output(&p, 1, ref);
    golden_pair_write(&p, dir);
    golden_pair_free(&p);
}

/* SPEC.md, An awkward tail. */
static void tail(const char *dir)
{
    struct golden_pair p;
    uint8_t filler[2700];
    golden_pair_init(&p, 0xaf, 0);
    memset(filler, '.', sizeof filler);
    for (unsigned i = 0; i < 18; i++) {
        struct oat_disk_span s = golden_span(0x11, 1 + i, 0);
        golden_slot(&p, OAT_SLOT_SPAN, &s);
    }
    golden_skip(&p, 22);
    golden_raw(&p, filler, sizeof filler);
    p.blobs_len = 3184;
    uint64_t one = golden_raw(&p, "!", 1);

    struct oat_disk_span s = golden_span(0x11, 33, 0);
    golden_slot_at(&p, OAT_SLOT_SPAN, &s, 32);
    s = golden_span(0x11, 34, 0);
    s.output = golden_ref(one, "!", 1, 1, 0);
    golden_slot_at(&p, OAT_SLOT_SPAN, &s, 33);
    s = golden_span(0x11, 35, 0);
    s.text[OAT_TEXT_NAME] = oat_le32_of(41);
    s.output = golden_ref(3200, "?", 1, 1, 0);
    golden_slot_at(&p, OAT_SLOT_SPAN, &s, 34);
    s = golden_span(0x11, 36, 0);
    golden_slot_at(&p, OAT_SLOT_SPAN, &s, 35);
    memset(p.spans + oat_slot_offset(35) + 64, 0xee, 64);

    golden_durable(&p, 18, 3000, 4);
    oat_le64 claimed = oat_le64_of(48);
    memcpy(p.spans + OAT_SPANS_CLAIMED_OFFSET, &claimed, sizeof claimed);
    p.spans_len += 100;
    p.blobs_len = 3208;
    golden_pair_write(&p, dir);
    golden_pair_free(&p);
}

/* ---- Forgotten content ---- */

/* "id": SECRET, "note": {SECRET: [SECRET]} */
static size_t put_secret_attributes(uint8_t *dst, const char *secret)
{
    const oat_value items[] = {{OAT_VALUE_STRING, strlen(secret), {.string = secret}}};
    const oat_attr members[] = {{secret, strlen(secret), {OAT_VALUE_ARRAY, 1, {.array = items}}}};
    size_t n = 1;
    dst[0] = 2;
    n += put_attr(dst + n, "id", items[0]);
    return n + put_attr(dst + n, "note", (oat_value){OAT_VALUE_MAP, 1, {.map = members}});
}

/* A marker stands for a text, a short one, a chunk that is a JSON value, a literal, media in base64, a key
 * and texts of attributes, a reason; and in a pair of another hash seed. 03 is of a trace that is hidden. */
static void forgotten(const char *dir)
{
    static const char text[] = "the name of a person, and where she lives: 1 Main Street";
    static const char message[] = "{\"user\":\"my key is 1234567, keep it\"}", literal[] = "[\"Ann\",";
    static const char png[] = "\x89PNG\r\n\x1a\n";
    static const char whole[] = "[\"Ann\",{\"user\":\"my key is 1234567, keep it\"},\"iVBORw0KGgo=\"]";
    const struct golden_content contents[] = {{text, strlen(text), false},
                                              {"Ann", 3, true},
                                              {message, strlen(message), true},
                                              {literal, strlen(literal), false},
                                              {png, strlen(png), false}};
    struct golden_pair p;
    uint8_t bytes[1024];
    golden_pair_init(&p, 0xc1, 0);
    uint64_t user = golden_raw(&p, message, strlen(message));
    uint64_t image = golden_raw(&p, png, strlen(png));
    uint64_t at = golden_next_offset(&p);
    size_t n = oat_recipe_put_literal(bytes, literal, strlen(literal));
    n += oat_recipe_put_chunk(bytes + n, OAT_RECIPE_CHUNK, at, user);
    n += oat_recipe_put_literal(bytes + n, ",\"", 2);
    n += oat_recipe_put_chunk(bytes + n, OAT_RECIPE_BASE64, at, image);
    n += oat_recipe_put_literal(bytes + n, "\"]", 2);
    uint64_t recipe = golden_recipe(&p, bytes, n, whole, strlen(whole));
    struct oat_disk_span s = golden_span(0x11, 0x01, 0);
    s.text[OAT_TEXT_NAME] = golden_string(&p, text, strlen(text));
    s.text[OAT_TEXT_USER] = golden_string(&p, "Ann", 3);
    s.text[OAT_TEXT_AGENT] = golden_string(&p, "Anna", 4);
    s.input = golden_ref(recipe, whole, strlen(whole), 2, OAT_REF_RECIPE);
    s.output = golden_ref(user, message, strlen(message), 2, 0);
    s.attributes = golden_payload(&p, bytes, put_secret_attributes(bytes, text), 3);
    golden_slot(&p, OAT_SLOT_SPAN, &s);
    s = golden_span(0x22, 0x03, 0);
    golden_slot(&p, OAT_SLOT_SPAN, &s);
    golden_pair_write(&p, dir);
    golden_pair_free(&p);

    golden_pair_init(&p, 0xc2, 0);
    p.header.hash_seed = oat_le64_of(1);
    golden_header(&p);
    s = golden_span(0x11, 0x02, 0x01);
    s.text[OAT_TEXT_NAME] = golden_string(&p, text, strlen(text));
    golden_slot(&p, OAT_SLOT_SPAN, &s);
    golden_pair_write(&p, dir);
    golden_pair_free(&p);
    golden_catalog(dir, contents, sizeof contents / sizeof *contents, text);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*make)(const char *dir);
    } cases[] = {
        {"minimal", minimal},
        {"fields", fields},
        {"strings", strings},
        {"open", open_spans},
        {"joined", joined},
        {"other_kinds", other_kinds},
        {"chunks", chunks},
        {"groups", groups},
        {"recipes", recipes},
        {"deep_bases", deep_bases},
        {"attributes", attributes},
        {"repeats", repeats},
        {"lost", lost},
        {"usage", usage},
        {"replica", replica},
        {"tail", tail},
        {"forgotten", forgotten},
    };
    char dir[900];
    if (argc != 2) {
        fprintf(stderr, "usage: make_golden DIR\n");
        return 2;
    }
    mkdir(argv[1], 0777);
    snprintf(dir, sizeof dir, "%s/v1", argv[1]);
    mkdir(dir, 0777);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(dir, sizeof dir, "%s/v1/%s", argv[1], cases[i].name);
        golden_store(dir, NULL);
        cases[i].make(dir);
    }
    return 0;
}
