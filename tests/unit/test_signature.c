/* Signatures of groups: nothing that is there is ruled out. */
#include "format/signature.h"

#include "format/fold_text.h"
#include "format/utf8.h"
#include "oat/oat.h"
#include "reader/text_match.h"
#include "tests/support/blob_fixture.h"
#include "tests/support/damage_guard.h"
#include "tests/support/sweep.h"
#include "tests/support/unit.h"

#define GROUP_MAX (256u << 10)

static uint64_t draw(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return *random >> 33;
}

/* A group with its signature, in a section of its own. */
struct group {
    uint8_t *raw;
    size_t len;
    uint8_t *section;
    size_t signature_len;
    struct oat_signatures signatures;
};

static void sign(struct group *group, uint8_t *raw, size_t len, uint32_t chunks)
{
    size_t room = oat_signature_room(len, chunks), head = 16; /* counts, an end, padding */
    const char *what;
    group->raw = raw;
    group->len = len;
    group->section = calloc(1, head + room);
    assert_non_null(group->section);
    group->signature_len = room > 0 ? oat_signature_make(raw, len, group->section + head, room) : 0;
    const oat_le32 fields[] = {oat_le32_of(1), oat_le32_of(0),
                               oat_le32_of((uint32_t)(group->signature_len / OAT_SIGNATURE_UNIT))};
    memcpy(group->section, fields, sizeof fields);
    assert_int_equal(oat_signatures_open(group->section, head + group->signature_len, 1, chunks,
                                         &group->signatures, &what),
                     OAT_OK);
}

static void free_group(struct group *group)
{
    free(group->section);
    free(group->raw);
}

/* Whether the signature lets a text pass, which it must when the text is there. */
static bool may_have(const struct group *group, const char *text, size_t len, bool *ret_there)
{
    struct oat_text_match *match;
    assert_int_equal(oat_text_match_create(text, len, &match), OAT_OK);
    oat_text folded = oat_text_match_folded(match);
    bool may = oat_signatures_may_have(&group->signatures, 0, folded.bytes, folded.len);
    *ret_there = oat_text_match_in(match, group->raw, group->len);
    if (*ret_there && !may)
        fail_msg("'%.*s' is ruled out", (int)len, text);
    oat_text_match_free(match);
    return may;
}

static size_t any_pieces(uint64_t *random, size_t count, bool hostile, char *ret)
{
    static const char *const pieces[] = {"k",
                                         "K",
                                         "\u212a",
                                         "s",
                                         "\u017f",
                                         "é",
                                         "É",
                                         "\\",
                                         "n",
                                         "\\n",
                                         "\n",
                                         "u",
                                         "\"",
                                         "θ",
                                         "\\u00c9",
                                         "\\u006B",
                                         "\\ud83d\\ude00",
                                         "😀",
                                         "\\\"",
                                         "\\\\",
                                         "発",
                                         "ȺⱥȺ",
                                         "\\uD83d",
                                         "\ufffd",
                                         "ж",
                                         "\xc3",
                                         "\xff",
                                         "\xe7\x99"};
    size_t len = 0, known = sizeof pieces / sizeof *pieces - (hostile ? 0 : 3);
    for (size_t i = 0; i < count; i++) {
        const char *piece = pieces[draw(random) % known];
        memcpy(ret + len, piece, strlen(piece));
        len += strlen(piece);
    }
    return len;
}

/* ---- What is there --------------------------------------------------------------------------------- */

static void no_text_of_a_group_is_ruled_out(void **state)
{
    (void)state;
    uint64_t random = 3;
    size_t there = 0, may = 0, asked = 0;
    for (unsigned round = 0; round < 300; round += OAT_SWEEP_STEP) {
        struct group group;
        uint8_t *raw = malloc(20000);
        assert_non_null(raw);
        size_t len = any_pieces(&random, 200 + draw(&random) % 1000, true, (char *)raw);
        sign(&group, raw, len, 1);
        for (unsigned i = 0; i < 200; i++) {
            char text[128];
            bool is_there;
            size_t text_len = any_pieces(&random, 2 + draw(&random) % 5, false, text);
            may += may_have(&group, text, text_len, &is_there);
            there += is_there;
            asked++;
        }
        free_group(&group);
    }
    assert_in_range(there, asked / 20, asked);
    assert_in_range(may, there, asked - asked / 10);
}

/* A chunk's text may end within an escape that the next one completes. */
static void no_text_of_a_part_of_a_group_is_ruled_out(void **state)
{
    (void)state;
    uint64_t random = 23;
    size_t there = 0;
    for (unsigned round = 0; round < 200; round += OAT_SWEEP_STEP) {
        struct group group;
        uint8_t *raw = malloc(20000);
        assert_non_null(raw);
        size_t len = any_pieces(&random, 200 + draw(&random) % 1000, true, (char *)raw);
        sign(&group, raw, len, 1);
        for (unsigned i = 0; i < 300; i++) {
            char text[128];
            bool is_there;
            struct oat_text_match *match;
            size_t text_len = any_pieces(&random, 1 + draw(&random) % 4, false, text);
            size_t from = draw(&random) % len, part_len = draw(&random) % (len - from);
            assert_int_equal(oat_text_match_create(text, text_len, &match), OAT_OK);
            bool in_part = oat_text_match_in(match, raw + from, part_len);
            oat_text_match_free(match);
            may_have(&group, text, text_len, &is_there);
            assert_true(is_there || !in_part);
            there += in_part;
        }
        free_group(&group);
    }
    assert_true(there > 1000 / OAT_SWEEP_STEP);
}

/* What a reading of some bytes says from some place on, in about so many bytes. */
static size_t read_out(uint64_t *random, const char *bytes, size_t len, char *ret, size_t max)
{
    bool escapes = draw(random) % 2;
    size_t at = draw(random) % len, n = 0, taken;
    uint32_t c;
    while (n < max && (taken = oat_fold_get(bytes + at, len - at, escapes, &c)) > 0) {
        n += oat_utf8_put(ret + n, c);
        at += taken;
    }
    return n;
}

static void texts_of_a_conversation_are_found_and_others_mostly_not(void **state)
{
    (void)state;
    uint64_t random = 11, seed = 5;
    struct oat_test_text text = {0};
    while (text.len < GROUP_MAX)
        oat_test_text_add_message(&text, &seed, text.len);
    struct group group;
    bool is_there;
    sign(&group, (uint8_t *)text.v, GROUP_MAX, 100);
    for (unsigned i = 0; i < 3000; i++) {
        char piece[64];
        size_t len = read_out(&random, text.v, GROUP_MAX - 64, piece, 3 + draw(&random) % 40);
        if (len == 0)
            continue;
        may_have(&group, piece, len, &is_there);
        assert_true(is_there);
    }
    size_t wrong = 0;
    for (unsigned i = 0; i < 1000; i++) {
        char other[16];
        for (size_t k = 0; k < sizeof other; k++)
            other[k] = (char)('a' + draw(&random) % 26);
        wrong += may_have(&group, other, sizeof other, &is_there);
    }
    assert_in_range(wrong, 0, 10);
    free_group(&group);
}

static void texts_under_three_bytes_are_never_ruled_out(void **state)
{
    (void)state;
    struct group group;
    bool is_there;
    sign(&group, calloc(1, 10000), 10000, 1);
    assert_true(may_have(&group, "zz", 2, &is_there));
    assert_true(may_have(&group, "", 0, &is_there));
    assert_false(may_have(&group, "zzz", 3, &is_there));
    free_group(&group);
}

/* ---- Sizes ----------------------------------------------------------------------------------------- */

static void signatures_take_less_than_a_tenth(void **state)
{
    (void)state;
    for (size_t len = 1; len <= OAT_CHUNK_MAX; len += 1 + len / 3) {
        for (uint32_t chunks = 1; chunks <= len && chunks < 5000; chunks *= 7) {
            size_t room = oat_signature_room(len, chunks);
            assert_int_equal(room % OAT_SIGNATURE_UNIT, 0);
            assert_true(room <= OAT_SIGNATURE_MAX);
            assert_true(room == 0 || (room + chunks * OAT_EDGES_SIZE + 4) * 10 < len);
        }
    }
}

static void a_group_with_little_in_it_has_a_small_signature(void **state)
{
    (void)state;
    struct group group;
    bool is_there;
    uint8_t *raw = malloc(GROUP_MAX);
    assert_non_null(raw);
    for (size_t i = 0; i < GROUP_MAX; i++)
        raw[i] = (uint8_t) "the same line again and again\n"[i % 30];
    sign(&group, raw, GROUP_MAX, 4);
    assert_in_range(group.signature_len, OAT_SIGNATURE_UNIT, 2000);
    assert_true(may_have(&group, "Line Again", 10, &is_there));
    assert_true(is_there);
    assert_false(may_have(&group, "another", 7, &is_there));
    free_group(&group);
}

static void a_group_without_a_signature_may_have_anything(void **state)
{
    (void)state;
    struct group group;
    bool is_there;
    sign(&group, calloc(1, 100), 100, 1);
    assert_int_equal(group.signature_len, 0);
    assert_true(may_have(&group, "anything", 8, &is_there));
    free_group(&group);
}

/* ---- Sections -------------------------------------------------------------------------------------- */

static void edges_are_the_first_and_last_bytes(void **state)
{
    (void)state;
    uint8_t edges[OAT_EDGES_SIZE];
    static const char *const expected[] = {"aaaa", "abab", "abbc", "abcd", "abde"};
    for (size_t len = 1; len <= 5; len++) {
        oat_edges_of((const uint8_t *)"abcde", len, edges);
        assert_memory_equal(edges, expected[len - 1], sizeof edges);
    }
}

/* Opens a section that ends where memory ends. */
static int open_section(const void *bytes, size_t len, uint32_t groups, uint32_t chunks)
{
    struct oat_signatures signatures;
    const char *what = NULL;
    uint8_t *guarded = oat_damage_guard(bytes, len);
    int result = oat_signatures_open(guarded, len, groups, chunks, &signatures, &what);
    if (result != OAT_OK)
        assert_non_null(what);
    for (uint32_t g = 0; result == OAT_OK && g < groups; g++)
        oat_signatures_may_have(&signatures, g, "some text", 9);
    for (uint32_t c = 0; result == OAT_OK && c < chunks && signatures.chunk_count > 0; c++)
        assert_non_null(oat_signatures_edges(&signatures, c));
    oat_damage_guard_free(guarded, len);
    return result;
}

static void sections_that_contradict_themselves_are_refused(void **state)
{
    (void)state;
    /* 2 groups, 3 chunks, ends 1 and 2; three edges; two signatures. */
    const oat_le32 good[] = {oat_le32_of(2), oat_le32_of(3), oat_le32_of(1), oat_le32_of(2),
                             oat_le32_of(0), oat_le32_of(0), oat_le32_of(0), oat_le32_of(0),
                             oat_le32_of(5), oat_le32_of(6), oat_le32_of(7), oat_le32_of(8)};
    oat_le32 bad[sizeof good / sizeof *good];
    assert_int_equal(open_section(good, sizeof good, 2, 3), OAT_OK);
    for (size_t len = 0; len < sizeof good; len++)
        assert_int_equal(open_section(good, len, 2, 3), OAT_E_CORRUPT);
    assert_int_equal(open_section(good, sizeof good, 1, 3), OAT_E_CORRUPT);
    assert_int_equal(open_section(good, sizeof good, 2, 4), OAT_E_CORRUPT);
    for (size_t field = 0; field < 4; field++) {
        memcpy(bad, good, sizeof bad);
        bad[field] = oat_le32_of(UINT32_MAX);
        assert_int_equal(open_section(bad, sizeof bad, 2, 3), OAT_E_CORRUPT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_text_of_a_group_is_ruled_out),
        cmocka_unit_test(no_text_of_a_part_of_a_group_is_ruled_out),
        cmocka_unit_test(texts_of_a_conversation_are_found_and_others_mostly_not),
        cmocka_unit_test(texts_under_three_bytes_are_never_ruled_out),
        cmocka_unit_test(signatures_take_less_than_a_tenth),
        cmocka_unit_test(a_group_with_little_in_it_has_a_small_signature),
        cmocka_unit_test(a_group_without_a_signature_may_have_anything),
        cmocka_unit_test(edges_are_the_first_and_last_bytes),
        cmocka_unit_test(sections_that_contradict_themselves_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
