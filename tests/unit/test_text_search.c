/* Searching all payloads of a pack at once finds what looking into each of them does. */
#include "reader/text_search.h"

#include "format/fold_text.h"
#include "format/forgotten.h"
#include "format/utf8.h"
#include "oat/oat.h"
#include "reader/pack_chunks.h"
#include "reader/text_index.h"
#include "tests/support/blob_fixture.h"
#include "tests/support/packed.h"
#include "tests/support/run_dir.h"
#include "tests/support/sweep.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <unistd.h>

#define MEMORY  (UINT64_C(16) << 20)
#define TEXT_AT 4000u /* where tests write into a picture */

static uint64_t draw(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return *random >> 33;
}

/* ---- A store, and its pack ------------------------------------------------------------------------- */

struct fixture {
    char dir[OAT_RUN_PATH_SIZE];
    oat_tracer *tracer;
    struct oat_packed packed;
    uint8_t **texts; /* of the pack's payloads; NULL: cannot be read */
    size_t *lens;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    oat_config config;
    assert_non_null(f);
    oat_run_dir_make(f->dir);
    oat_config_init(&config);
    config.data_dir = f->dir;
    assert_int_equal(oat_tracer_open(&config, &f->tracer), OAT_OK);
    *state = f;
    return 0;
}

static void free_texts(struct fixture *f)
{
    for (uint32_t n = 0; f->texts && n < oat_pack_payload_count(f->packed.pack); n++)
        free(f->texts[n]);
    free(f->texts);
    free(f->lens);
}

static void read_texts(struct fixture *f)
{
    uint32_t count = oat_pack_payload_count(f->packed.pack);
    f->texts = calloc(count, sizeof(uint8_t *));
    f->lens = calloc(count, sizeof *f->lens);
    assert_true(f->texts && f->lens);
    for (uint32_t n = 0; n < count; n++)
        if (oat_pack_read_text(f->packed.pack, n, 0, UINT64_MAX, &f->texts[n], &f->lens[n]) != OAT_OK)
            f->texts[n] = NULL;
}

static void make_pack(struct fixture *f)
{
    oat_tracer_close(f->tracer);
    f->tracer = NULL;
    oat_packed_open(&f->packed, f->dir);
    oat_packed_make(&f->packed, 2, MEMORY, 1);
    read_texts(f);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    oat_tracer_close(f->tracer);
    free_texts(f);
    if (f->packed.sources)
        oat_packed_close(&f->packed);
    oat_run_dir_remove(f->dir);
    free(f);
    return 0;
}

static void send(struct fixture *f, const void *input, size_t len, const char *media_type)
{
    oat_span *span = oat_span_start(f->tracer, OAT_LLM, "call");
    oat_span_set_input(span, input, len, media_type);
    oat_span_end(span);
}

/* A conversation that is sent whole with every call. */
static void converse(struct fixture *f, uint64_t seed, size_t turns)
{
    static const char *const remarks[] = {"\\u00c9t\\u00e9 \\\"now\\\"\\n", "Größe: ẞ", "発注書", "\\\\n",
                                          "tab\\t"};
    struct oat_test_text text = {0};
    oat_test_text_add(&text, "{\"model\":\"m%u\",\"messages\":[", (unsigned)seed);
    for (size_t turn = 0; turn < turns; turn++) {
        if (turn > 0)
            oat_test_text_add(&text, turn % 3 ? "," : ", ");
        oat_test_text_add(&text, "{\"role\":\"user\",\"content\":\"%s %u\"},", remarks[turn % 5],
                          (unsigned)turn);
        oat_test_text_add_message(&text, &seed, turn);
        size_t open_len = text.len;
        oat_test_text_add(&text, "],\"stream\":false,\"note\":\"turn %u ends\"}", (unsigned)turn);
        send(f, text.v, text.len, "application/json");
        text.len = open_len;
    }
    free(text.v);
}

/* A long text of which some is written anew with every call, so that what was beside each other is not. */
static void revise(struct fixture *f, uint64_t seed, size_t len, size_t times, bool escaped)
{
    struct oat_test_text text = {0};
    while (text.len < len && escaped)
        oat_test_text_add(&text, "\\u%04x", (unsigned)(0x61 + draw(&seed) % 0x500));
    while (text.len < len)
        oat_test_text_add_message(&text, &seed, text.len);
    for (size_t i = 0; i < times; i++) {
        char remark[64];
        size_t n = (size_t)snprintf(remark, sizeof remark, "<Revision %u of ÄRGER: %u>", (unsigned)i,
                                    (unsigned)draw(&seed));
        memcpy(text.v + draw(&seed) % (text.len - n), remark, n);
        send(f, text.v, text.len, "text/plain");
    }
    free(text.v);
}

/* ---- Searching ------------------------------------------------------------------------------------- */

/* Searches both ways; returns how many payloads have the text. */
static size_t search(struct fixture *f, const char *text, size_t len)
{
    struct oat_text_match *match;
    uint32_t count = oat_pack_payload_count(f->packed.pack);
    uint64_t *found = calloc(count / 64 + 1, sizeof *found);
    size_t hits = 0;
    assert_non_null(found);
    assert_int_equal(oat_text_match_create(text, len, &match), OAT_OK);
    assert_int_equal(oat_text_search(f->packed.pack, match, found), OAT_OK);
    for (uint32_t n = 0; n < count; n++) {
        bool there = f->texts[n] && oat_text_match_in(match, f->texts[n], f->lens[n]);
        if (there != (found[n / 64] >> n % 64 & 1))
            fail_msg("'%.*s' %s payload %u", (int)len, text, there ? "is missed in" : "is not in", n);
        hits += there;
    }
    oat_text_match_free(match);
    free(found);
    return hits;
}

static size_t search_for(struct fixture *f, const char *text)
{
    return search(f, text, strlen(text));
}

/* Where the pieces of a payload end. */
struct seams {
    uint64_t at[4096];
    size_t count;
    uint64_t offset;
};

static int add_seam(void *arg, const uint8_t *literal, size_t len, uint32_t chunk, bool base64)
{
    struct seams *seams = arg;
    (void)literal, (void)chunk, (void)base64;
    seams->offset += len;
    if (seams->count < sizeof seams->at / sizeof *seams->at)
        seams->at[seams->count++] = seams->offset;
    return OAT_OK;
}

/* A text of a payload from about `at` on, read one way or the other, in other letters. Returns its bytes. */
static size_t quote(struct fixture *f, uint32_t payload, size_t at, uint64_t *random, char *ret, size_t max)
{
    const char *bytes = (const char *)f->texts[payload];
    bool escapes = draw(random) % 2, upper = draw(random) % 2;
    size_t n = 0, taken;
    uint32_t c;
    while (at < f->lens[payload] && ((uint8_t)bytes[at] & 0xc0) == 0x80)
        at++;
    while (n < max && (taken = oat_fold_get(bytes + at, f->lens[payload] - at, escapes, &c)) > 0) {
        n += oat_utf8_put(ret + n, upper && c >= 'a' && c <= 'z' ? c - 32 : c);
        at += taken;
    }
    return n;
}

/* Searches for texts that are there: around seams, and anywhere. Returns how many there were. */
static size_t search_quotes(struct fixture *f, uint64_t seed, unsigned rounds)
{
    struct seams *seams = calloc(1, sizeof *seams);
    size_t searches = 0;
    assert_non_null(seams);
    for (unsigned round = 0; round < rounds; round += OAT_SWEEP_STEP) {
        char text[128];
        uint32_t payload = (uint32_t)(draw(&seed) % oat_pack_payload_count(f->packed.pack));
        seams->count = seams->offset = 0;
        assert_int_equal(oat_pack_pieces(f->packed.pack, payload, add_seam, seams), OAT_OK);
        if (seams->count == 0)
            continue;
        size_t max = 1 + draw(&seed) % (round % 4 ? 16 : 60);
        uint64_t at = round % 5 ? seams->at[draw(&seed) % seams->count] : draw(&seed) % f->lens[payload];
        size_t before = draw(&seed) % (max + 8);
        size_t len = quote(f, payload, at > before ? at - before : 0, &seed, text, max);
        if (len == 0)
            continue;
        assert_true(search(f, text, len) > 0);
        searches++;
    }
    free(seams);
    return searches;
}

/* ---- What is found --------------------------------------------------------------------------------- */

static void texts_are_found_wherever_they_are(void **state)
{
    struct fixture *f = *state;
    for (uint64_t seed = 1; seed <= 6; seed++)
        converse(f, seed, 12 * seed);
    revise(f, 3, 300000, 6, false);
    revise(f, 4, 70000, 12, false);
    revise(f, 5, 100000, 8, true);
    send(f, "short", 5, "text/plain");
    make_pack(f);
    assert_true(search_quotes(f, 9, 600) > 400 / OAT_SWEEP_STEP);
}

static void texts_that_are_nowhere_are_not_found(void **state)
{
    struct fixture *f = *state;
    converse(f, 1, 40);
    revise(f, 3, 300000, 3, false);
    make_pack(f);
    assert_int_equal(search_for(f, "nowhere to be seen"), 0);
    assert_int_equal(search_for(f, "Größe: ẞẞ"), 0);
    assert_int_equal(search_for(f, "\x01"), 0);
    assert_int_equal(search_for(f, "turn 40 ends"), 0);
    assert_int_equal(search_for(f, "turn 39 ends"), 1);
}

static void a_text_that_many_calls_quote_is_found_in_all_of_them(void **state)
{
    struct fixture *f = *state;
    converse(f, 1, 60);
    make_pack(f);
    assert_int_equal(search_for(f, "発注書 2\""), 58);
    assert_int_equal(search_for(f, "été \"NOW\"\n 50"), 10);
    assert_int_equal(search_for(f, "\"model\":\"m1\",\"messages\":[{"), 60);
}

static void single_bytes_and_characters_are_found(void **state)
{
    struct fixture *f = *state;
    converse(f, 1, 20);
    revise(f, 3, 100000, 3, false);
    make_pack(f);
    for (unsigned char c = ' '; c < 127; c += OAT_SWEEP_STEP)
        search(f, (const char *)&c, 1);
    assert_int_equal(search_for(f, "ß"), 19);
    assert_true(search_for(f, "\\u") > 0);
}

static void where_most_chunks_are_tiny_there_are_no_edges(void **state)
{
    struct fixture *f = *state;
    const struct oat_signatures *index;
    char answer[32];
    for (unsigned i = 0; i < 2000; i++)
        send(f, answer, (size_t)snprintf(answer, sizeof answer, "answer %u", i * 7919), "text/plain");
    converse(f, 1, 10);
    make_pack(f);
    assert_int_equal(oat_text_index(f->packed.pack, &index), OAT_OK);
    assert_int_equal(index->chunk_count, 0);
    assert_true(search_quotes(f, 4, 3000) > 20 / OAT_SWEEP_STEP);
}

/* ---- What is forgotten ------------------------------------------------------------------------------ */

/* A chunk and a literal that have a text each. */
struct secrets {
    struct fixture *f;
    struct oat_forgotten_content contents[2];
};

static int find_secret(void *arg, const uint8_t *literal, size_t len, uint32_t chunk, bool base64)
{
    struct secrets *s = arg;
    struct oat_pack_decoder *decoder = oat_pack_decoder_new(s->f->packed.pack);
    const char *text = literal ? "turn 39 ends" : "n 33\"";
    const uint8_t *bytes = literal;
    assert_non_null(decoder);
    if (!literal)
        assert_int_equal(oat_pack_chunk(decoder, chunk, &bytes, &len), OAT_OK);
    if (!base64 && memmem(bytes, len, text, strlen(text)))
        s->contents[literal != NULL] =
            (struct oat_forgotten_content){.id = oat_content_id_of(bytes, len, 1), .raw_len = len};
    oat_pack_decoder_free(decoder);
    return OAT_OK;
}

static void what_is_forgotten_is_not_found(void **state)
{
    struct fixture *f = *state;
    struct secrets secrets = {.f = f};
    converse(f, 1, 40);
    make_pack(f);
    assert_int_equal(search_for(f, "turn 39 ends"), 1);
    assert_int_equal(search_for(f, "n 33\""), 7);
    for (uint32_t n = 0; n < oat_pack_payload_count(f->packed.pack); n++)
        assert_int_equal(oat_pack_pieces(f->packed.pack, n, find_secret, &secrets), OAT_OK);
    assert_true(secrets.contents[0].raw_len > 0 && secrets.contents[1].raw_len > 0);

    struct oat_forgotten *forgotten = oat_forgotten_new(secrets.contents, 2, 1);
    assert_non_null(forgotten);
    free_texts(f);
    assert_int_equal(oat_packed_reopen(&f->packed), OAT_OK);
    oat_pack_set_forgotten(f->packed.pack, forgotten);
    read_texts(f);
    assert_int_equal(search_for(f, "turn 39 ends"), 0);
    assert_int_equal(search_for(f, "n 33\""), 0);
    assert_int_equal(search_for(f, "turn 38 ends"), 1);
    oat_packed_reopen(&f->packed); /* gives back what it borrows */
    oat_forgotten_free(forgotten);
}

/* ---- Media ------------------------------------------------------------------------------------------ */

static void media_inside_text_is_not_searched(void **state)
{
    struct fixture *f = *state;
    struct oat_test_text text = {0};
    uint64_t seed = 1;
    oat_test_text_add(&text, "{\"messages\":[{\"role\":\"user\",\"content\":\"see data:image/png;base64,");
    size_t picture = text.len;
    while (text.len < picture + 2 * TEXT_AT)
        oat_test_text_add(&text, "%c", (char)('a' + draw(&seed) % 26));
    memcpy(text.v + picture + TEXT_AT, "WhatNobodySeeks+", 16);
    oat_test_text_add(&text, "\",\"what\":\"a picture\"}]}");
    send(f, text.v, text.len, "application/json");
    make_pack(f);

    char across[64];
    memcpy(across, text.v + picture - 8, sizeof across);
    assert_int_equal(search(f, across, sizeof across), 0);
    memcpy(across, text.v + picture + 2 * TEXT_AT - 40, sizeof across);
    assert_int_equal(search(f, across, 50), 0);
    assert_int_equal(search_for(f, "WhatNobodySeeks"), 0);
    assert_int_equal(search_for(f, "data:image/png;base64,"), 1);
    assert_int_equal(search_for(f, "\",\"what\":\"a PICTURE"), 1);
    for (size_t i = 0; i < f->packed.count; i++) {
        const struct oat_packed_payload *p = &f->packed.payloads[i];
        uint8_t *hot;
        size_t len;
        if (oat_record_payload_read_text(f->packed.sources, p->source, &p->payload, &hot, &len) != OAT_OK)
            continue;
        assert_int_equal(len, f->lens[p->number - 1]);
        assert_memory_equal(hot, f->texts[p->number - 1], len);
        free(hot);
    }
    free(text.v);
}

static void parts_of_payloads_are_read_as_the_whole_is(void **state)
{
    struct fixture *f = *state;
    uint64_t seed = 2;
    converse(f, 1, 30);
    revise(f, 3, 100000, 2, false);
    make_pack(f);
    for (unsigned round = 0; round < 500; round += OAT_SWEEP_STEP) {
        uint32_t n = (uint32_t)(draw(&seed) % oat_pack_payload_count(f->packed.pack));
        uint64_t from = draw(&seed) % (f->lens[n] + 10), to = from + draw(&seed) % 3000;
        uint64_t end = to < f->lens[n] ? to : f->lens[n];
        uint8_t *bytes;
        size_t len;
        assert_int_equal(oat_pack_read_text(f->packed.pack, n, from, to, &bytes, &len), OAT_OK);
        assert_int_equal(len, end > from ? end - from : 0);
        assert_memory_equal(bytes, f->texts[n] + (from < f->lens[n] ? from : 0), len);
        free(bytes);
    }
}

/* ---- Damage ----------------------------------------------------------------------------------------- */

static void a_damaged_index_is_reported_and_not_used(void **state)
{
    struct fixture *f = *state;
    struct oat_text_match *match;
    uint64_t found[64] = {0};
    uint8_t byte;
    converse(f, 1, 30);
    make_pack(f);
    const struct oat_disk_section *section =
        oat_sections_find(&f->packed.pack->image.sections, OAT_SECTION_SIGNATURES, OAT_TABLE_CHUNK_GROUPS, 0);
    off_t middle = (off_t)(oat_le64_get(section->offset) + oat_le64_get(section->stored_len) / 2);
    int fd = openat(f->packed.dir_fd, OAT_PACKED_NAME, O_RDWR | O_CLOEXEC);
    assert_true(pread(fd, &byte, 1, middle) == 1);
    byte ^= 1;
    assert_true(pwrite(fd, &byte, 1, middle) == 1);
    close(fd);
    assert_int_equal(oat_packed_reopen(&f->packed), OAT_OK);
    assert_int_equal(oat_text_match_create("turn 3", 6, &match), OAT_OK);
    assert_int_equal(oat_text_search(f->packed.pack, match, found), OAT_NOTFOUND);
    assert_int_equal(oat_problems_count(&f->packed.problems), 1);
    oat_text_match_free(match);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(texts_are_found_wherever_they_are),
        TEST(texts_that_are_nowhere_are_not_found),
        TEST(a_text_that_many_calls_quote_is_found_in_all_of_them),
        TEST(single_bytes_and_characters_are_found),
        TEST(where_most_chunks_are_tiny_there_are_no_edges),
        TEST(what_is_forgotten_is_not_found),
        TEST(media_inside_text_is_not_searched),
        TEST(parts_of_payloads_are_read_as_the_whole_is),
        TEST(a_damaged_index_is_reported_and_not_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
