#include "writer/capture.h"

#include "oat/oat.h"
#include "tests/support/blob_fixture.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <unistd.h>

#define TABLE (1u << 18)

static void payloads_of_any_size_come_back(void **state)
{
    (void)state;
    static const size_t sizes[] = {0,     1,     2,     23,    24,    255,   256,      1023,     16383,
                                   16384, 16385, 65534, 65535, 65536, 65537, 1u << 20, 10u << 20};
    uint64_t seed = 1;
    uint8_t *bytes = malloc(10u << 20);
    oat_test_random_bytes(&seed, bytes, 10u << 20);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct oat_blob_fixture f;
        oat_blob_fixture_open(&f, TABLE);
        assert_true(oat_blob_fixture_round_trip(&f, bytes, sizes[i], NULL));
        char *text = malloc(sizes[i] + 1);
        for (size_t k = 0; k < sizes[i]; k++)
            text[k] = "etaoin shrdlu\n"[bytes[k] % 14];
        assert_true(oat_blob_fixture_round_trip(&f, text, sizes[i], NULL));
        free(text);
        oat_blob_fixture_close(&f);
    }
    free(bytes);
}

/* Random JSON, nested and with everything a splitter looks for. */
static void add_json(struct oat_test_text *t, uint64_t *seed, size_t depth)
{
    static const char *const keys[] = {"messages", "input", "contents", "system",
                                       "tools",    "role",  "content",  "x"};
    uint64_t r = oat_run_next(seed);
    uint64_t n = (r >> 16) % 6;
    if (depth == 0 || r % 8 < 2) {
        oat_test_text_add(t, "%s", r % 2 ? "null" : "-12.5e3");
    } else if (r % 8 < 4) {
        oat_test_text_add(t, "\"");
        for (uint64_t i = (r >> 8) % (r % 64 == 3 ? 9000 : 90); i > 0; i--)
            oat_test_text_add(t, "%s", oat_run_next(seed) % 9 ? "word " : "\\\"\\\\");
        oat_test_text_add(t, "\"");
    } else {
        oat_test_text_add(t, "%s", r % 8 < 6 ? "[" : "{");
        for (uint64_t i = 0; i < n; i++) {
            oat_test_text_add(t, "%s", i ? (r % 16 < 8 ? "," : ", ") : "");
            if (r % 8 >= 6)
                oat_test_text_add(t, "\"%s\":", keys[oat_run_next(seed) % 8]);
            add_json(t, seed, depth - 1);
        }
        oat_test_text_add(t, "%s", r % 8 < 6 ? "]" : "}");
    }
}

static void json_and_what_is_left_of_it_come_back(void **state)
{
    (void)state;
    struct oat_blob_fixture f;
    uint64_t seed = 2;
    oat_blob_fixture_open(&f, TABLE);
    for (size_t round = 0; round < 2000; round++) {
        struct oat_test_text t = {0};
        oat_test_text_add(&t, "%s", round % 2 ? "[" : "{\"messages\":[");
        for (uint64_t i = oat_run_next(&seed) % 5; i > 0; i--) {
            add_json(&t, &seed, 5);
            oat_test_text_add(&t, ",");
        }
        add_json(&t, &seed, 5);
        oat_test_text_add(&t, "%s", round % 2 ? "]" : "]}");
        assert_true(oat_blob_fixture_round_trip(&f, t.v, t.len, NULL));
        assert_true(oat_blob_fixture_round_trip(&f, t.v, oat_run_next(&seed) % t.len, NULL));
        free(t.v);
    }
    oat_blob_fixture_close(&f);
}

static void a_known_payload_takes_no_space(void **state)
{
    (void)state;
    struct oat_blob_fixture f;
    struct oat_disk_blob_ref one, two;
    uint64_t seed = 3;
    struct oat_test_text t = {0};
    oat_blob_fixture_open(&f, TABLE);
    oat_test_text_add(&t, "[");
    oat_test_text_add_message(&t, &seed, 0);
    oat_test_text_add(&t, ",");
    size_t message = t.len;
    oat_test_text_add_message(&t, &seed, 1);
    size_t message_len = t.len - message;
    oat_test_text_add(&t, "]");
    assert_true(oat_blob_fixture_round_trip(&f, t.v, t.len, &one));
    uint64_t stored = oat_blob_fixture_stored(&f);
    assert_true(oat_blob_fixture_round_trip(&f, t.v, t.len, &two));
    assert_memory_equal(&one, &two, sizeof one);
    assert_true(oat_blob_fixture_round_trip(&f, t.v + message, message_len, &two));
    assert_int_equal(two.flags & OAT_REF_RECIPE, 0);
    assert_int_equal(oat_blob_fixture_stored(&f), stored);
    assert_true(f.file.dedup_bytes >= t.len);
    free(t.v);
    oat_blob_fixture_close(&f);
}

/* Captures every call of a conversation; the sums are taken at half of it and at its end. */
struct growth {
    uint64_t stored[2];
    uint64_t recipes[2];
};

static struct growth converse(const char *open, const char *close, size_t turns)
{
    struct oat_blob_fixture f;
    struct oat_test_text t = {0};
    struct growth g;
    uint64_t seed = 4, count[OAT_ENTRY_RECIPE + 1], size[OAT_ENTRY_RECIPE + 1];
    oat_blob_fixture_open(&f, TABLE);
    oat_test_text_add(&t, "%s", open);
    for (size_t turn = 0; turn < turns; turn++) {
        struct oat_disk_blob_ref ref;
        oat_test_text_add(&t, "%s", turn ? "," : "");
        oat_test_text_add_message(&t, &seed, turn);
        size_t len = t.len;
        oat_test_text_add(&t, "%s", close);
        assert_int_equal(oat_capture_payload(f.capture, &f.file, &f.inflight, t.v, t.len, 1, &ref), OAT_OK);
        if (turn % 97 == 0 || turn + 1 == turns)
            assert_true(oat_blob_fixture_reads(&f, &ref, t.v, t.len));
        t.len = len;
        if (turn + 1 == turns / 2 || turn + 1 == turns) {
            oat_blob_fixture_census(&f, count, size);
            g.stored[turn + 1 == turns] = oat_blob_fixture_stored(&f);
            g.recipes[turn + 1 == turns] = size[OAT_ENTRY_RECIPE];
            assert_int_equal(count[OAT_ENTRY_NONE], 0);
        }
    }
    free(t.v);
    oat_blob_fixture_close(&f);
    return g;
}

static void twice_the_turns_take_twice_the_space(void **state)
{
    (void)state;
    struct growth g = converse("[", "]", 2000);
    assert_true(g.stored[1] * 10 <= g.stored[0] * 24);
    assert_true(g.recipes[1] * 10 <= g.recipes[0] * 24);
    assert_true(g.recipes[1] < 2000 * 64);
    g = converse("{\"model\":\"m\",\"messages\":[", "],\"temperature\":0.5}", 400);
    assert_true(g.stored[1] * 10 <= g.stored[0] * 24);
    assert_true(g.recipes[1] < 400 * 80);
}

/* A conversation whose last message changes with every call, as cache marks do. */
static void edits_at_the_end_cost_no_more_than_their_bytes(void **state)
{
    (void)state;
    struct oat_blob_fixture f;
    struct oat_test_text t = {0};
    uint64_t seed = 5, count[OAT_ENTRY_RECIPE + 1], size[OAT_ENTRY_RECIPE + 1];
    oat_blob_fixture_open(&f, TABLE);
    oat_test_text_add(&t, "[");
    for (size_t turn = 0; turn < 300; turn++) {
        oat_test_text_add_message(&t, &seed, turn);
        size_t len = t.len;
        oat_test_text_add(&t, ",{\"role\":\"user\",\"content\":\"go on\",\"cache_control\":{\"turn\":%zu}}]",
                          turn);
        assert_true(oat_blob_fixture_round_trip(&f, t.v, t.len, NULL));
        t.len = len;
        oat_test_text_add(&t, ",");
    }
    oat_blob_fixture_census(&f, count, size);
    assert_true(size[OAT_ENTRY_RECIPE] < 300 * 72);
    free(t.v);
    oat_blob_fixture_close(&f);
}

/* Agents that share a long beginning and take turns. */
static void branches_grow_side_by_side(void **state)
{
    (void)state;
    enum { BRANCHES = 5, TURNS = 60 };
    struct oat_blob_fixture f;
    struct oat_test_text t[BRANCHES] = {{0}};
    uint64_t seed = 6, count[OAT_ENTRY_RECIPE + 1], size[OAT_ENTRY_RECIPE + 1];
    oat_blob_fixture_open(&f, TABLE);
    for (size_t turn = 0; turn < TURNS; turn++) {
        for (size_t b = 0; b < BRANCHES; b++) {
            uint64_t same = turn < 20 ? turn : seed;
            oat_test_text_add(&t[b], "%s", turn ? "," : "[");
            oat_test_text_add_message(&t[b], turn < 20 ? &same : &seed, turn);
            oat_test_text_add(&t[b], "]");
            assert_true(oat_blob_fixture_round_trip(&f, t[b].v, t[b].len, NULL));
            t[b].len--;
        }
    }
    oat_blob_fixture_census(&f, count, size);
    assert_in_range(count[OAT_ENTRY_RECIPE], BRANCHES * (TURNS - 20), BRANCHES * TURNS);
    assert_true(size[OAT_ENTRY_RECIPE] < count[OAT_ENTRY_RECIPE] * 64);
    for (size_t b = 0; b < BRANCHES; b++)
        free(t[b].v);
    oat_blob_fixture_close(&f);
}

static void a_table_that_forgets_costs_space_only(void **state)
{
    (void)state;
    struct oat_blob_fixture f;
    struct oat_test_text t = {0};
    uint64_t seed = 7;
    oat_blob_fixture_open(&f, 1);
    for (size_t turn = 0; turn < 400; turn++) {
        oat_test_text_add(&t, "%s", turn ? "," : "[");
        oat_test_text_add_message(&t, &seed, turn);
        oat_test_text_add(&t, "]");
        assert_true(oat_blob_fixture_round_trip(&f, t.v, t.len, NULL));
        if (turn % 50 == 25) {
            t.v[1] = turn % 100 == 25 ? ' ' : '{';
            assert_true(oat_blob_fixture_round_trip(&f, t.v, t.len, NULL));
        }
        t.len--;
    }
    free(t.v);
    oat_blob_fixture_close(&f);
}

static void trimming_and_another_file_start_afresh(void **state)
{
    (void)state;
    struct oat_blob_fixture f, g;
    struct oat_test_text t = {0};
    uint64_t seed = 8;
    oat_blob_fixture_open(&f, TABLE);
    oat_blob_fixture_open(&g, TABLE);
    oat_capture *other = g.capture;
    g.capture = f.capture;
    g.file.nonce = f.file.nonce;
    for (size_t turn = 0; turn < 120; turn++) {
        oat_test_text_add(&t, "%s", turn ? "," : "[");
        oat_test_text_add_message(&t, &seed, turn);
        oat_test_text_add(&t, "]");
        assert_true(oat_blob_fixture_round_trip(turn % 30 < 20 ? &f : &g, t.v, t.len, NULL));
        if (turn % 13 == 0)
            oat_capture_trim(f.capture);
        t.len--;
    }
    g.capture = other;
    free(t.v);
    oat_blob_fixture_close(&f);
    oat_blob_fixture_close(&g);
}

struct sharer {
    struct oat_blob_fixture *f;
    oat_blob_inflight inflight;
    oat_capture *capture;
    uint64_t seed;
    size_t failed;
    size_t count;
    struct oat_disk_blob_ref ref[2000];
    size_t len[2000];
};

/* Both threads capture the same conversations in the same order. */
static void next_payload(struct oat_test_text *t, uint64_t *seed, size_t i)
{
    if (i % 25 == 0)
        t->len = 0;
    oat_test_text_add(t, "%s", i % 25 ? "," : "[");
    oat_test_text_add_message(t, seed, i);
    oat_test_text_add(t, "]");
}

static void *share(void *arg)
{
    struct sharer *s = arg;
    struct oat_test_text t = {0};
    for (size_t i = 0; i < s->count; i++) {
        next_payload(&t, &s->seed, i);
        s->failed +=
            oat_capture_payload(s->capture, &s->f->file, &s->inflight, t.v, t.len, 1, &s->ref[i]) != OAT_OK;
        s->len[i] = t.len--;
    }
    free(t.v);
    return NULL;
}

static void threads_may_store_the_same_payloads(void **state)
{
    (void)state;
    struct oat_blob_fixture f;
    static struct sharer s[2];
    pthread_t thread[2];
    oat_blob_fixture_open(&f, TABLE);
    for (size_t i = 0; i < 2; i++) {
        s[i] = (struct sharer){.f = &f, .capture = oat_capture_new(), .seed = 9, .count = 2000};
        assert_int_equal(pthread_create(&thread[i], NULL, share, &s[i]), 0);
    }
    for (size_t i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    for (size_t i = 0; i < 2; i++) {
        struct oat_test_text t = {0};
        uint64_t seed = 9;
        assert_int_equal(s[i].failed, 0);
        for (size_t k = 0; k < s[i].count; k++) {
            next_payload(&t, &seed, k);
            assert_int_equal(s[i].len[k], t.len);
            assert_true(oat_blob_fixture_reads(&f, &s[i].ref[k], t.v, t.len));
            t.len--;
        }
        free(t.v);
        oat_capture_free(s[i].capture);
    }
    oat_blob_fixture_close(&f);
}

static void after_a_failed_write_everything_still_works(void **state)
{
    (void)state;
    struct oat_blob_fixture f;
    struct oat_test_text t = {0};
    uint64_t seed = 10;
    oat_blob_fixture_open(&f, TABLE);
    int fd = f.file.fd, full = open("/dev/full", O_WRONLY);
    for (size_t turn = 0; turn < 200; turn++) {
        struct oat_disk_blob_ref ref = {0};
        oat_test_text_add(&t, "%s", turn ? "," : "[");
        oat_test_text_add_message(&t, &seed, turn);
        oat_test_text_add(&t, "]");
        if (turn % 3 == 1) {
            uint64_t tail = f.file.tail;
            f.file.fd = full;
            assert_int_equal(oat_capture_payload(f.capture, &f.file, &f.inflight, t.v, t.len, 1, &ref),
                             OAT_E_FULL);
            f.file.fd = fd;
            assert_int_equal(f.file.tail, tail);
            assert_int_equal(f.inflight.from, 0);
            assert_int_equal(oat_le32_get(ref.offset8), 0);
        }
        if (turn % 3 != 1 || turn % 2)
            assert_true(oat_blob_fixture_round_trip(&f, t.v, t.len, &ref));
        t.len--;
    }
    close(full);
    free(t.v);
    oat_blob_fixture_close(&f);
}

static void damage_costs_the_rest_of_its_group_and_no_more(void **state)
{
    (void)state;
    enum { MESSAGES = 900, HIT = 400 };
    struct oat_blob_fixture f;
    static struct oat_disk_blob_ref ref[MESSAGES];
    static struct oat_test_text t[MESSAGES];
    uint64_t seed = 11;
    oat_blob_fixture_open(&f, TABLE);
    for (size_t i = 0; i < MESSAGES; i++) {
        oat_test_text_add_message(&t[i], &seed, i);
        assert_true(oat_blob_fixture_round_trip(&f, t[i].v, t[i].len, &ref[i]));
    }
    uint64_t hit = oat_blob_ref_offset(&ref[HIT]);
    uint8_t byte;
    assert_int_equal(pread(f.file.fd, &byte, 1, (off_t)hit + 40), 1);
    byte ^= 1;
    assert_int_equal(pwrite(f.file.fd, &byte, 1, (off_t)hit + 40), 1);

    struct oat_blob_fixture again;
    oat_blob_fixture_open(&again, 1);
    size_t lost = 0, last_lost = 0;
    int own = again.file.fd;
    again.file.fd = f.file.fd;
    again.file.tail = f.file.tail;
    for (size_t i = 0; i < MESSAGES; i++) {
        if (oat_blob_fixture_reads(&again, &ref[i], t[i].v, t[i].len))
            continue;
        assert_int_equal(oat_payload_damage(again.decoder).offset, hit);
        lost++;
        last_lost = i;
        assert_true(i >= HIT);
    }
    assert_true(lost > 0 && last_lost == HIT + lost - 1 && last_lost < MESSAGES - 1);
    again.file.fd = own;
    oat_blob_fixture_close(&again);
    for (size_t i = 0; i < MESSAGES; i++) {
        free(t[i].v);
        t[i] = (struct oat_test_text){0};
    }
    oat_blob_fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_of_any_size_come_back),
        cmocka_unit_test(json_and_what_is_left_of_it_come_back),
        cmocka_unit_test(a_known_payload_takes_no_space),
        cmocka_unit_test(twice_the_turns_take_twice_the_space),
        cmocka_unit_test(edits_at_the_end_cost_no_more_than_their_bytes),
        cmocka_unit_test(branches_grow_side_by_side),
        cmocka_unit_test(a_table_that_forgets_costs_space_only),
        cmocka_unit_test(trimming_and_another_file_start_afresh),
        cmocka_unit_test(threads_may_store_the_same_payloads),
        cmocka_unit_test(after_a_failed_write_everything_still_works),
        cmocka_unit_test(damage_costs_the_rest_of_its_group_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
