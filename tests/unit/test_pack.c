/* Packs: what payloads of pairs become, and that they read back. */
#include "format/buffer.h"
#include "format/limits.h"
#include "format/slot.h"
#include "oat/oat.h"
#include "tests/support/blob_fixture.h"
#include "tests/support/packed.h"
#include "tests/support/run_dir.h"
#include "tests/support/unit.h"

#define MEMORY (UINT64_C(16) << 20)

/* ---- Conversations ---- */

static oat_tracer *open_tracer(const char *dir)
{
    oat_config config;
    oat_tracer *tracer;
    oat_config_init(&config);
    config.data_dir = dir;
    assert_int_equal(oat_tracer_open(&config, &tracer), OAT_OK);
    return tracer;
}

/* Writes a conversation as agents do, all of it with every call. Returns the bytes of its messages. */
static size_t converse(oat_tracer *tracer, uint64_t seed, size_t turns)
{
    struct oat_test_text text = {0};
    size_t unique = 0;
    oat_test_text_add(&text, "{\"model\":\"m\",\"messages\":[");
    for (size_t turn = 0; turn < turns; turn++) {
        oat_span *span = oat_span_start(tracer, OAT_LLM, "call");
        if (turn > 0)
            oat_test_text_add(&text, ", ");
        size_t before = text.len;
        oat_test_text_add_message(&text, &seed, turn);
        unique += text.len - before;
        size_t open_len = text.len;
        oat_test_text_add(&text, "],\"stream\":false}");
        oat_span_set_input(span, text.v, text.len, "application/json");
        oat_span_set_output(span, text.v + before, open_len - before, "text/plain");
        oat_span_set_error(span, "", 0);
        oat_span_set_attr_string(span, "user.tier", turn % 2 ? "pro" : "free");
        oat_span_end(span);
        text.len = open_len;
    }
    free(text.v);
    return unique;
}

/* Pictures inside JSON, and random bytes: nothing that compression helps. */
static void send_media(oat_tracer *tracer, size_t len)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct oat_test_text text = {0};
    uint64_t seed = len;
    uint8_t *bytes = malloc(len);
    assert_non_null(bytes);
    oat_test_random_bytes(&seed, bytes, len);
    oat_test_text_add(&text, "{\"messages\":[{\"role\":\"user\",\"content\":\"data:image/png;base64,");
    for (size_t i = 0; i < len / 4 * 4; i++)
        oat_test_text_add(&text, "%c", alphabet[bytes[i] % 64]);
    oat_test_text_add(&text, "\"}]}");
    oat_span *span = oat_span_start(tracer, OAT_LLM, "look");
    oat_span_set_input(span, text.v, text.len, "application/json");
    oat_span_set_output(span, bytes, len, "image/png");
    oat_span_end(span);
    free(bytes);
    free(text.v);
}

struct fixture {
    char dir[OAT_RUN_PATH_SIZE];
    struct oat_packed packed;
    bool is_packed;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    oat_run_dir_make(f->dir);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    if (f->is_packed)
        oat_packed_close(&f->packed);
    oat_run_dir_remove(f->dir);
    free(f);
    return 0;
}

static struct oat_packed *pack(struct fixture *f, unsigned threads, uint64_t memory_bytes)
{
    if (!f->is_packed)
        oat_packed_open(&f->packed, f->dir);
    f->is_packed = true;
    oat_packed_make(&f->packed, threads, memory_bytes, 1);
    return &f->packed;
}

/* ---- Reading back ---- */

static void every_payload_reads_back_as_it_was(void **state)
{
    struct fixture *f = *state;
    oat_tracer *tracer = open_tracer(f->dir);
    for (uint64_t seed = 1; seed <= 5; seed++)
        converse(tracer, seed, 10 * seed);
    send_media(tracer, 5000);
    send_media(tracer, 300000);
    send_media(tracer, 3000000);
    oat_tracer_close(tracer);

    struct oat_packed *p = pack(f, 2, MEMORY);
    assert_true(p->count > 150 * OAT_RECORD_PAYLOADS);
    assert_int_equal(oat_packed_differences(p), 0);
    assert_int_equal(oat_problems_count(&p->problems), 0);
    assert_int_equal(oat_problems_count(&p->sources->problems), 0);
}

static void a_prefix_reads_as_the_payload_begins(void **state)
{
    struct fixture *f = *state;
    oat_tracer *tracer = open_tracer(f->dir);
    converse(tracer, 1, 40);
    send_media(tracer, 3000);
    oat_tracer_close(tracer);
    struct oat_packed *p = pack(f, 1, MEMORY);
    for (uint32_t n = 0; n < oat_pack_payload_count(p->pack); n++) {
        uint8_t *all, *prefix;
        size_t len, prefix_len;
        assert_int_equal(oat_pack_read(p->pack, n, SIZE_MAX, &all, &len, NULL), OAT_OK);
        assert_int_equal(all[len], 0);
        for (size_t max = 0; max < len; max += 1 + len / 11) {
            assert_int_equal(oat_pack_read(p->pack, n, max, &prefix, &prefix_len, NULL), OAT_OK);
            assert_int_equal(prefix_len, max);
            assert_memory_equal(prefix, all, max);
            free(prefix);
        }
        free(all);
    }
}

/* Adds up pieces, and looks at each. */
struct sum {
    struct oat_pack *pack;
    uint64_t len;
    size_t chunks;
};

static int add_piece(void *arg, const uint8_t *literal, size_t len, uint32_t chunk, bool base64)
{
    struct sum *sum = arg;
    uint32_t raw_len;
    sum->len += len;
    if (literal)
        return OAT_OK;
    sum->chunks++;
    assert_int_equal(oat_pack_chunk_len(sum->pack, chunk, &raw_len), OAT_OK);
    assert_int_equal(len, base64 ? (raw_len + 2) / 3 * 4 : raw_len);
    return OAT_OK;
}

static int refuse_piece(void *arg, const uint8_t *literal, size_t len, uint32_t chunk, bool base64)
{
    (void)arg, (void)literal, (void)len, (void)chunk, (void)base64;
    return OAT_NOTFOUND;
}

static void pieces_make_the_payload(void **state)
{
    struct fixture *f = *state;
    size_t chunks = 0;
    oat_tracer *tracer = open_tracer(f->dir);
    converse(tracer, 1, 40);
    send_media(tracer, 3000);
    oat_tracer_close(tracer);
    struct oat_packed *p = pack(f, 1, MEMORY);
    for (uint32_t n = 0; n < oat_pack_payload_count(p->pack); n++) {
        struct oat_pack_payload payload;
        struct sum sum = {.pack = p->pack};
        assert_int_equal(oat_pack_payload(p->pack, n, &payload), OAT_OK);
        assert_int_equal(oat_pack_pieces(p->pack, n, add_piece, &sum), OAT_OK);
        assert_int_equal(sum.len, payload.raw_len);
        assert_int_equal(oat_pack_pieces(p->pack, n, refuse_piece, NULL),
                         payload.raw_len > 0 ? OAT_NOTFOUND : OAT_OK);
        chunks = sum.chunks > chunks ? sum.chunks : chunks;
    }
    assert_true(chunks >= 40);
}

/* ---- Size ---- */

static void a_conversation_sent_again_costs_its_new_messages(void **state)
{
    struct fixture *f = *state;
    uint64_t sent = 0;
    oat_tracer *tracer = open_tracer(f->dir);
    size_t unique = converse(tracer, 1, 400);
    oat_tracer_close(tracer);
    struct oat_packed *p = pack(f, 1, MEMORY);
    for (size_t i = 0; i < p->count; i++)
        sent += p->payloads[i].payload.raw_len;
    assert_true(sent > unique * 100);
    assert_in_range(p->figures.unique_bytes, unique / 2, unique + 20000);
    assert_in_range(p->figures.payloads, 400, 1300);
    assert_true(p->figures.file_bytes - p->figures.stored_bytes < 400 * 150);
}

static void what_several_pairs_have_is_stored_once(void **state)
{
    struct fixture *f = *state;
    for (int n = 0; n < 3; n++) {
        oat_tracer *tracer = open_tracer(f->dir);
        converse(tracer, 1, 30);
        oat_tracer_close(tracer);
    }
    struct oat_packed *p = pack(f, 1, MEMORY);
    assert_int_equal(p->sources->pair_count, 3);
    assert_int_equal(oat_packed_differences(p), 0);
    for (size_t i = 0; i < p->count / 3; i++) {
        assert_int_equal(p->payloads[i].number, p->payloads[i + p->count / 3].number);
        assert_int_equal(p->payloads[i].number, p->payloads[i + p->count / 3 * 2].number);
    }
}

static void little_memory_costs_size_alone(void **state)
{
    struct fixture *f = *state;
    oat_tracer *tracer = open_tracer(f->dir);
    for (int n = 0; n < 3; n++)
        converse(tracer, 1, 200);
    oat_tracer_close(tracer);
    uint64_t unique = pack(f, 1, MEMORY)->figures.unique_bytes;
    struct oat_packed *p = pack(f, 1, 0);
    assert_true(p->figures.unique_bytes > unique);
    assert_int_equal(oat_packed_differences(p), 0);
}

static void what_does_not_shrink_lies_as_it_is(void **state)
{
    struct fixture *f = *state;
    oat_tracer *tracer = open_tracer(f->dir);
    send_media(tracer, 300000);
    oat_tracer_close(tracer);
    struct oat_packed *p = pack(f, 1, MEMORY);
    assert_in_range(p->figures.stored_bytes, 500000, p->figures.unique_bytes);
    assert_int_equal(oat_packed_differences(p), 0);
}

static void a_store_without_payloads_gets_no_pack(void **state)
{
    struct fixture *f = *state;
    oat_tracer *tracer = open_tracer(f->dir);
    oat_span_end(oat_span_start(tracer, OAT_TOOL, "nothing"));
    oat_tracer_close(tracer);
    struct oat_packed *p = pack(f, 1, MEMORY);
    assert_int_equal(p->figures.file_bytes, 0);
    assert_null(p->pack);
    assert_int_equal(oat_packed_differences(p), 0);
}

/* ---- Determinism ---- */

static int note_piece(void *arg, const uint8_t *literal, size_t len, uint32_t chunk, bool base64)
{
    struct oat_buffer *pieces = arg;
    const uint64_t numbers[] = {len, chunk, base64};
    if (literal)
        return oat_buffer_put(pieces, literal, len);
    return oat_buffer_put(pieces, numbers, sizeof numbers);
}

/* All that a pack says of its payloads and chunks. */
static struct oat_buffer describe(struct oat_pack *pack)
{
    struct oat_buffer all = {0};
    struct oat_pack_decoder *decoder = oat_pack_decoder_new(pack);
    for (uint32_t n = 0; n < oat_pack_payload_count(pack); n++) {
        struct oat_pack_payload payload;
        memset(&payload, 0, sizeof payload);
        assert_int_equal(oat_pack_payload(pack, n, &payload), OAT_OK);
        const uint64_t numbers[] = {payload.kind, payload.place, payload.raw_len, payload.media,
                                    payload.flags};
        assert_int_equal(oat_buffer_put(&all, numbers, sizeof numbers), OAT_OK);
        assert_int_equal(oat_pack_pieces(pack, n, note_piece, &all), OAT_OK);
    }
    for (uint32_t chunk = 0; chunk < oat_pack_chunk_count(pack); chunk++) {
        const uint8_t *bytes;
        size_t len;
        assert_int_equal(oat_pack_chunk(decoder, chunk, &bytes, &len), OAT_OK);
        assert_int_equal(oat_buffer_put(&all, bytes, len), OAT_OK);
    }
    oat_pack_decoder_free(decoder);
    return all;
}

static void the_same_payloads_give_the_same_pack_whatever_the_threads(void **state)
{
    struct fixture *f = *state;
    oat_tracer *tracer = open_tracer(f->dir);
    for (uint64_t seed = 1; seed <= 20; seed++)
        converse(tracer, seed, 100);
    send_media(tracer, 100000);
    oat_tracer_close(tracer);
    struct oat_packed *p = pack(f, 1, MEMORY);
    struct oat_pack_figures first = p->figures;
    struct oat_buffer expected = describe(p->pack);
    for (unsigned threads = 2; threads <= 4; threads++) {
        p = pack(f, threads, MEMORY);
        struct oat_buffer found = describe(p->pack);
        assert_int_equal(p->figures.file_bytes, first.file_bytes);
        assert_int_equal(p->figures.stored_bytes, first.stored_bytes);
        assert_int_equal(found.len, expected.len);
        assert_memory_equal(found.bytes, expected.bytes, expected.len);
        free(found.bytes);
    }
    free(expected.bytes);
}

static void a_payload_added_again_keeps_its_number(void **state)
{
    struct fixture *f = *state;
    oat_tracer *tracer = open_tracer(f->dir);
    converse(tracer, 1, 50);
    oat_tracer_close(tracer);
    struct oat_packed *p = pack(f, 1, MEMORY);
    struct oat_pack_figures once = p->figures;
    oat_packed_make(p, 1, MEMORY, 3);
    assert_int_equal(p->figures.file_bytes, once.file_bytes);
    assert_int_equal(p->figures.payloads, once.payloads);
}

/* ---- Threads ---- */

static void *read_all(void *arg)
{
    struct oat_packed *p = arg;
    size_t differences = oat_packed_differences(p);
    return (void *)(uintptr_t)differences;
}

static void threads_read_one_pack(void **state)
{
    struct fixture *f = *state;
    pthread_t threads[4];
    oat_tracer *tracer = open_tracer(f->dir);
    converse(tracer, 1, 60);
    send_media(tracer, 20000);
    oat_tracer_close(tracer);
    struct oat_packed *p = pack(f, 2, MEMORY);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_all, p), 0);
    for (size_t i = 0; i < 4; i++) {
        void *differences;
        pthread_join(threads[i], &differences);
        assert_null(differences);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_payload_reads_back_as_it_was),
        TEST(a_prefix_reads_as_the_payload_begins),
        TEST(pieces_make_the_payload),
        TEST(a_conversation_sent_again_costs_its_new_messages),
        TEST(what_several_pairs_have_is_stored_once),
        TEST(little_memory_costs_size_alone),
        TEST(what_does_not_shrink_lies_as_it_is),
        TEST(a_store_without_payloads_gets_no_pack),
        TEST(the_same_payloads_give_the_same_pack_whatever_the_threads),
        TEST(a_payload_added_again_keeps_its_number),
        TEST(threads_read_one_pack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
