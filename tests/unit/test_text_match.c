#include "reader/text_match.h"

#include "format/casefold.h"
#include "format/json_escape.h"
#include "format/utf8.h"
#include "tests/support/damage_guard.h"
#include "tests/support/unit.h"

/* Seeks a text in bytes that end where memory ends. */
static bool is_in(const char *text, const char *bytes)
{
    struct oat_text_match *match;
    size_t len = strlen(bytes);
    assert_int_equal(oat_text_match_create(text, strlen(text), &match), OAT_OK);
    uint8_t *at = oat_damage_guard((const uint8_t *)bytes, len);
    bool found = oat_text_match_in(match, at, len);
    oat_damage_guard_free(at, len);
    oat_text_match_free(match);
    return found;
}

static void case_does_not_matter_in_any_language(void **state)
{
    (void)state;
    assert_true(is_in("refund", "Where is my REFUND?"));
    assert_true(is_in("STRASSE", "strasse"));
    assert_true(is_in("ÉCOLE", "l'école"));
    assert_true(is_in("привет", "ПРИВЕТ, МИР"));
    assert_true(is_in("οδος", "ΟΔΟΣ"));
    assert_true(is_in("発注", "請求書と発注書"));
    assert_true(is_in("kelvin", "\u212aelvin"));
    assert_true(is_in("\u023a", "\u2c65"));
    assert_false(is_in("refunds", "refund"));
    assert_false(is_in("ecole", "école"));
}

static void a_text_is_found_behind_json_escapes(void **state)
{
    (void)state;
    assert_true(is_in("École", "\"l'\\u00e9cole\""));
    assert_true(is_in("say \"hi\"\nnow", "{\"t\":\"Say \\\"Hi\\\"\\nNow\"}"));
    assert_true(is_in("😀 ok", "\"\\ud83d\\ude00 ok\""));
    assert_true(is_in("<b>", "\"\\u003cb\\u003e\""));
    assert_true(is_in("C:\\new", "\"C:\\\\new\""));
}

static void a_text_with_backslashes_is_found_as_it_stands(void **state)
{
    (void)state;
    assert_true(is_in("C:\\new", "cd C:\\new"));
    assert_true(is_in("\\n", "print(\"\\n\")"));
    assert_true(is_in("\\\\host", "\\\\HOST\\share"));
    assert_true(is_in("\\u00e9", "\\u00E9"));
}

static void a_text_at_the_very_end_is_found(void **state)
{
    (void)state;
    char bytes[200];
    for (size_t len = 3; len < sizeof bytes - 1; len++) {
        memset(bytes, 'e', len);
        memcpy(bytes + len - 3, "end", 4);
        assert_true(is_in("END", bytes));
        bytes[len - 1] = '\0';
        assert_false(is_in("END", bytes));
    }
    assert_true(is_in("x", "x"));
    assert_false(is_in("x", ""));
}

static void empty_text_is_everywhere(void **state)
{
    (void)state;
    assert_true(is_in("", ""));
    assert_true(is_in("", "x"));
}

static void bytes_that_are_no_utf8_are_passed_over(void **state)
{
    (void)state;
    assert_true(is_in("ok", "\xff\xfe\x80ok\xc3"));
    assert_false(is_in("é", "\xc3"));
    struct oat_text_match *match = NULL;
    assert_int_equal(oat_text_match_create("\xff", 1, &match), OAT_E_INVALID);
    assert_null(match);
}

static void places_come_one_after_the_other(void **state)
{
    (void)state;
    static const char bytes[] = "\u00c9t\u00e9 and \\u00c9T\\u00e9";
    static const size_t expected[][2] = {{0, 5}, {10, 13}};
    struct oat_text_match *match;
    size_t from = 0, pos, len;
    assert_int_equal(oat_text_match_create("été", strlen("été"), &match), OAT_OK);
    for (size_t i = 0; i < 2; i++, from = pos + len) {
        assert_true(oat_text_match_find(match, bytes, sizeof bytes - 1, from, &pos, &len));
        assert_int_equal(pos, expected[i][0]);
        assert_int_equal(len, expected[i][1]);
    }
    assert_false(oat_text_match_find(match, bytes, sizeof bytes - 1, from, &pos, &len));
    oat_text_match_free(match);
}

static void the_folded_text_is_for_indexes(void **state)
{
    (void)state;
    struct oat_text_match *match;
    assert_int_equal(oat_text_match_create("ÀȺK", strlen("ÀȺK"), &match), OAT_OK);
    oat_text folded = oat_text_match_folded(match);
    assert_int_equal(folded.len, strlen("à\u2c65k"));
    assert_memory_equal(folded.bytes, "à\u2c65k", folded.len);
    oat_text_match_free(match);
}

static void half_a_character_is_none(void **state)
{
    (void)state;
    assert_false(is_in("\ufffd", "\\ud83d"));
    assert_false(is_in("a\ufffd", "a\\ude00b"));
    assert_true(is_in("\ufffd", "\\uFFFD"));
    assert_true(is_in("\\ud83d", "\n\\ud83d")); /* as it stands */
    assert_false(is_in("\n\\u00e", "\\n\\u00e9"));
    assert_false(is_in("\n\\u00e", "\\n\\u00e"));
}

/* ---- Against a plain search ---------------------------------------------------------------------- */

static bool plainly_at(const char *text, size_t text_len, const char *bytes, size_t len, bool escapes)
{
    size_t at = 0, i = 0;
    while (i < text_len) {
        uint32_t want, found;
        i += oat_utf8_get(text + i, text_len - i, &want);
        bool escape = escapes && at < len && bytes[at] == '\\';
        size_t taken = escape ? oat_json_escape_get(bytes + at, len - at, &found)
                              : oat_utf8_get(bytes + at, len - at, &found);
        if (taken == 0 || oat_casefold(want) != oat_casefold(found))
            return false;
        at += taken;
    }
    return true;
}

static size_t plainly_find(const char *text, size_t text_len, const char *bytes, size_t len)
{
    for (size_t at = 0; at < len; at++)
        if (plainly_at(text, text_len, bytes + at, len - at, false) ||
            plainly_at(text, text_len, bytes + at, len - at, true))
            return at;
    return SIZE_MAX;
}

static size_t any_pieces(uint64_t *random, size_t count, char *ret)
{
    static const char *const pieces[] = {
        "k",       "K",  "\u212a",  "s", "S", "\u017f",         "é", "É", "\\", "n", "\\n", "\n", "u",
        "\\u00c9", "\"", "\\u006b", "θ", "ϴ", "\\ud83d\\ude00", "😀", "x"};
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        const char *piece = pieces[(*random >> 33) % (sizeof pieces / sizeof *pieces)];
        memcpy(ret + len, piece, strlen(piece));
        len += strlen(piece);
    }
    return len;
}

static void random_texts_are_found_where_a_plain_search_finds_them(void **state)
{
    (void)state;
    uint64_t random = 7;
    size_t hits = 0;
    for (unsigned round = 0; round < 20000; round++) {
        char text[64], bytes[2048];
        size_t text_len = any_pieces(&random, 1 + round % 4, text);
        size_t len = any_pieces(&random, round % 150, bytes), pos = SIZE_MAX;
        struct oat_text_match *match;
        assert_int_equal(oat_text_match_create(text, text_len, &match), OAT_OK);
        oat_text_match_find(match, bytes, len, 0, &pos, NULL);
        assert_int_equal(pos, plainly_find(text, text_len, bytes, len));
        hits += pos != SIZE_MAX;
        oat_text_match_free(match);
    }
    assert_in_range(hits, 2000, 18000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_does_not_matter_in_any_language),
        cmocka_unit_test(a_text_is_found_behind_json_escapes),
        cmocka_unit_test(a_text_with_backslashes_is_found_as_it_stands),
        cmocka_unit_test(a_text_at_the_very_end_is_found),
        cmocka_unit_test(empty_text_is_everywhere),
        cmocka_unit_test(bytes_that_are_no_utf8_are_passed_over),
        cmocka_unit_test(places_come_one_after_the_other),
        cmocka_unit_test(the_folded_text_is_for_indexes),
        cmocka_unit_test(half_a_character_is_none),
        cmocka_unit_test(random_texts_are_found_where_a_plain_search_finds_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
