#include "format/json_escape.h"
#include "format/utf8.h"
#include "tests/support/damage_guard.h"
#include "tests/support/unit.h"

static void every_character_reads_back_as_it_was_written(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        char bytes[OAT_UTF8_CHAR_MAX];
        uint32_t found = UINT32_MAX;
        if (c == 0xd800)
            c = 0xe000;
        size_t len = oat_utf8_put(bytes, c);
        assert_int_equal(oat_utf8_get(bytes, len, &found), len);
        assert_int_equal(found, c);
        assert_int_equal(oat_utf8_get(bytes, len - 1, &found), 0);
    }
}

/* What the escape at the text's begin stands for, read from memory that ends where the text ends;
 * UINT32_MAX when there is none. */
static uint32_t escape(const char *text, size_t *ret_taken)
{
    uint32_t c = UINT32_MAX;
    size_t len = strlen(text);
    uint8_t *at = oat_damage_guard((const uint8_t *)text, len);
    *ret_taken = oat_json_escape_get((const char *)at, len, &c);
    oat_damage_guard_free(at, len);
    return c;
}

static void json_escapes_stand_for_characters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t character;
        size_t taken;
    } cases[] = {
        {"\\n", '\n', 2},
        {"\\\"x", '"', 2},
        {"\\\\n", '\\', 2},
        {"\\/", '/', 2},
        {"\\u00e9", 0xe9, 6},
        {"\\u00E9", 0xe9, 6},
        {"\\u4e2d\\u", 0x4e2d, 6},
        {"\\ud83d\\ude00", 0x1f600, 12},
        {"\\ud83d\\u0041", 0xfffd, 6},
        {"\\ud83d", 0xfffd, 6},
        {"\\ude00\\ud83d", 0xfffd, 6},
        {"\\u0000", 0, 6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t taken;
        assert_int_equal(escape(cases[i].text, &taken), cases[i].character);
        assert_int_equal(taken, cases[i].taken);
    }
}

static void what_is_no_escape_takes_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "n", "\\", "\\x", "\\u", "\\u00e", "\\u00g1", "\\U0041", "u0041"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t taken;
        assert_int_equal(escape(texts[i], &taken), UINT32_MAX);
        assert_int_equal(taken, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_reads_back_as_it_was_written),
        cmocka_unit_test(json_escapes_stand_for_characters),
        cmocka_unit_test(what_is_no_escape_takes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
