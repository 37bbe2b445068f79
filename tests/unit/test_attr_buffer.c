#include "writer/attr_buffer.h"

#include "format/attrs.h"
#include "tests/support/unit.h"

static oat_value text_of(const char *text)
{
    return (oat_value){.type = OAT_VALUE_STRING, .len = strlen(text), .u.string = text};
}

static void set(oat_attr_buffer *buffer, const char *key, const char *text)
{
    oat_value value = text_of(text);
    assert_int_equal(oat_attr_buffer_set(buffer, key, strlen(key), &value, false), OAT_OK);
}

/* The attributes as "key=value;" each, in order. */
static void print(const oat_attr_buffer *buffer, char *ret, size_t size)
{
    struct oat_attr_cursor cursor;
    struct oat_attr_value value;
    const uint8_t *key;
    uint8_t *bytes;
    size_t len, key_len, n = 0;
    assert_int_equal(oat_attr_buffer_encode(buffer, &bytes, &len), OAT_OK);
    assert_int_equal(oat_attrs_open(bytes, len, &cursor), OAT_OK);
    while (oat_attrs_next(&cursor, &key, &key_len, &value))
        n += (size_t)snprintf(ret + n, size - n, "%.*s=%.*s;", (int)key_len, (const char *)key,
                              (int)value.len, (const char *)value.bytes);
    free(bytes);
}

static void an_attribute_set_again_and_again_takes_bounded_memory(void **state)
{
    (void)state;
    oat_attr_buffer buffer = {0};
    char text[64];
    set(&buffer, "first", "1");
    for (int i = 0; i < 100000; i++) {
        snprintf(text, sizeof text, "%d of 100000", i);
        set(&buffer, "progress", text);
        set(&buffer, "gone", text);
        oat_attr_buffer_remove(&buffer, "gone", 4);
    }
    set(&buffer, "last", "2");
    assert_in_range(buffer.capacity, 1, 4096);
    print(&buffer, text, sizeof text);
    assert_string_equal(text, "first=1;progress=99999 of 100000;last=2;");
    oat_attr_buffer_free(&buffer);
}

static void a_replaced_attribute_keeps_its_place(void **state)
{
    (void)state;
    oat_attr_buffer buffer = {0};
    char text[64];
    set(&buffer, "a", "1");
    set(&buffer, "b", "2");
    set(&buffer, "a", "a longer one");
    print(&buffer, text, sizeof text);
    assert_string_equal(text, "a=a longer one;b=2;");
    oat_attr_buffer_free(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_attribute_set_again_and_again_takes_bounded_memory),
        cmocka_unit_test(a_replaced_attribute_keeps_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
