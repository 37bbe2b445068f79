/* JSON with positions: what is taken, what is refused and where, what values come out. */
#include "tests/support/damage_guard.h"
#include "tests/support/unit.h"

#include "ingest/json_value.h"

struct parsed {
    struct oat_arena arena;
    struct oat_json_doc doc;
    int result;
};

static void parse(struct parsed *p, const char *text)
{
    *p = (struct parsed){.doc.arena = NULL};
    p->doc.arena = &p->arena;
    p->result = oat_jdoc_parse_all(&p->doc, text, strlen(text));
}

static void drop(struct parsed *p)
{
    oat_jdoc_free(&p->doc);
    oat_arena_clear(&p->arena);
}

static void malformed_text_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t at;
    } cases[] = {
        {"", 0},         {"  ", 2},          {"[1,]", 3},      {"{\"a\":1,}", 7}, {"{\"a\" 1}", 5},
        {"{a:1}", 1},    {"[1 2]", 3},       {"[}", 1},        {"\"abc", 0},      {"\"a\nb\"", 2},
        {"\"\\x\"", 1},  {"\"\\u12g4\"", 1}, {"01", 0},        {"1.", 0},         {"-", 0},
        {"1e", 0},       {"tru", 0},         {"[1]]", 3},      {"{\"a\":}", 5},   {"[\"a\":1]", 4},
        {"{\"a\":1", 6}, {"+1", 0},          {"\"\\u12\"", 1}, {"{1:2}", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct parsed p;
        parse(&p, cases[i].text);
        if (p.result != OAT_E_INVALID || p.doc.end != cases[i].at)
            fail_msg("%s: result %d at %zu, expected at %zu", cases[i].text, p.result, p.doc.end,
                     cases[i].at);
        drop(&p);
    }
}

static void every_prefix_is_refused_without_reading_behind_it(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":[1,-2.5e+3,\"x\\u00e9\\n\",true,null],\"b\":{\"c\":\"d\"}}";
    for (size_t n = 0; n < sizeof text - 1; n++) {
        struct oat_arena arena = {0};
        struct oat_json_doc doc = {.arena = &arena};
        uint8_t *guarded = oat_damage_guard(text, n);
        assert_int_equal(oat_jdoc_parse_all(&doc, (const char *)guarded, n), OAT_E_INVALID);
        oat_jdoc_free(&doc);
        oat_damage_guard_free(guarded, n);
    }
}

static void values_keep_their_bytes_and_decode(void **state)
{
    (void)state;
    struct parsed p;
    parse(&p, " { \"a\" : [ 1 , { \"b\":2 } ] , \"s\":\"q\\\"\\u00e9\\ud83d\\ude00\\u0000z\" }");
    assert_int_equal(p.result, OAT_OK);
    oat_text raw = oat_jdoc_raw(&p.doc, oat_jdoc_get(&p.doc, 1, "a"));
    assert_int_equal(raw.len, strlen("[ 1 , { \"b\":2 } ]"));
    assert_memory_equal(raw.bytes, "[ 1 , { \"b\":2 } ]", raw.len);
    oat_text s = oat_jdoc_string(&p.doc, oat_jdoc_get(&p.doc, 1, "s"));
    assert_int_equal(s.len, 10);
    assert_memory_equal(s.bytes, "q\"\xc3\xa9\xf0\x9f\x98\x80\0z", 10);
    drop(&p);
}

static void a_lone_surrogate_becomes_the_replacement_character(void **state)
{
    (void)state;
    struct parsed p;
    parse(&p, "\"\\ud800x\\udc00\\ud800\\u0041\"");
    oat_text s = oat_jdoc_string(&p.doc, 1);
    assert_int_equal(s.len, 11);
    assert_memory_equal(s.bytes,
                        "\xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd"
                        "A",
                        11);
    drop(&p);
}

static void the_last_of_equal_keys_wins_also_when_escaped(void **state)
{
    (void)state;
    struct parsed p;
    int64_t value = 0;
    parse(&p, "{\"a\":1,\"\\u0061\":2,\"b\":null}");
    assert_true(oat_jdoc_int(&p.doc, oat_jdoc_get(&p.doc, 1, "a"), &value));
    assert_int_equal(value, 2);
    assert_int_equal(oat_jdoc_get(&p.doc, 1, "b"), 0);
    drop(&p);
}

static void numbers_of_any_size_are_read(void **state)
{
    (void)state;
    struct parsed p;
    int64_t i = 0;
    uint64_t u = 0;
    parse(&p, "[9223372036854775807,-9223372036854775808,9223372036854775808,123456789012345678901234567890,"
              "\"42\",1e3,1.5,NaN]");
    assert_int_equal(p.result, OAT_OK);
    const oat_value list = oat_jdoc_to_value(&p.doc, 1);
    assert_int_equal(list.len, 8);
    assert_true(list.u.array[0].type == OAT_VALUE_INT && list.u.array[0].u.integer == INT64_MAX);
    assert_true(list.u.array[1].type == OAT_VALUE_INT && list.u.array[1].u.integer == INT64_MIN);
    assert_int_equal(list.u.array[2].type, OAT_VALUE_DOUBLE);
    assert_int_equal(list.u.array[3].type, OAT_VALUE_DOUBLE);
    assert_int_equal(list.u.array[4].type, OAT_VALUE_STRING);
    assert_int_equal(list.u.array[5].u.integer, 1000);
    assert_int_equal(list.u.array[6].type, OAT_VALUE_DOUBLE);
    assert_int_equal(list.u.array[7].type, OAT_VALUE_DOUBLE);
    oat_jnode third = oat_jdoc_next(&p.doc, 1, oat_jdoc_next(&p.doc, 1, oat_jdoc_first(&p.doc, 1)));
    assert_false(oat_jdoc_int(&p.doc, third, &i));
    assert_true(oat_jdoc_uint(&p.doc, third, &u) && u == UINT64_C(9223372036854775808));
    drop(&p);
}

static void depth_is_bounded_and_costs_no_stack(void **state)
{
    (void)state;
    char *text = malloc(100001);
    assert_non_null(text);
    memset(text, '[', 100000);
    text[100000] = '\0';
    struct parsed p;
    parse(&p, text);
    assert_int_equal(p.result, OAT_E_INVALID);
    assert_int_equal(p.doc.end, OAT_JDOC_DEPTH_MAX);
    drop(&p);
    /* As deep as is allowed parses; as a value its deep part becomes text. */
    memset(text + OAT_JDOC_DEPTH_MAX, ']', OAT_JDOC_DEPTH_MAX);
    text[2 * OAT_JDOC_DEPTH_MAX] = '\0';
    parse(&p, text);
    assert_int_equal(p.result, OAT_OK);
    oat_value value = oat_jdoc_to_value(&p.doc, 1);
    unsigned depth = 0;
    while (value.type == OAT_VALUE_ARRAY && value.len == 1) {
        value = value.u.array[0];
        depth++;
    }
    assert_int_equal(value.type, OAT_VALUE_STRING);
    assert_in_range(depth, 32, 64);
    drop(&p);
    free(text);
}

static void one_value_after_the_other_is_read(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":1}\n[2]\n";
    struct oat_arena arena = {0};
    struct oat_json_doc doc = {.arena = &arena};
    assert_int_equal(oat_jdoc_parse(&doc, text, sizeof text - 1, 0), OAT_OK);
    assert_int_equal(doc.end, 7);
    assert_int_equal(oat_jdoc_parse(&doc, text, sizeof text - 1, doc.end), OAT_OK);
    assert_int_equal(oat_jdoc_type_of(&doc, 1), OAT_JSON_ARRAY);
    oat_jdoc_free(&doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_text_is_refused_with_its_place),
        cmocka_unit_test(every_prefix_is_refused_without_reading_behind_it),
        cmocka_unit_test(values_keep_their_bytes_and_decode),
        cmocka_unit_test(a_lone_surrogate_becomes_the_replacement_character),
        cmocka_unit_test(the_last_of_equal_keys_wins_also_when_escaped),
        cmocka_unit_test(numbers_of_any_size_are_read),
        cmocka_unit_test(depth_is_bounded_and_costs_no_stack),
        cmocka_unit_test(one_value_after_the_other_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
