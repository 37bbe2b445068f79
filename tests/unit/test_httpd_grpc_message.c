/* What gRPC puts around messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "httpd/grpc_message.h"

static void the_only_message_of_a_body_is_found(void **state)
{
    (void)state;
    const char *message;
    size_t len;
    bool is_packed;
    assert_true(oat_grpc_unwrap("\0\0\0\0\3abc", 8, &message, &len, &is_packed));
    assert_int_equal(len, 3);
    assert_memory_equal(message, "abc", 3);
    assert_false(is_packed);
    assert_true(oat_grpc_unwrap("\1\0\0\0\0", 5, &message, &len, &is_packed));
    assert_int_equal(len, 0);
    assert_true(is_packed);
}

static void bodies_of_another_shape_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        size_t len;
    } bad[] = {
        {"", 0},           {"\0\0\0\0", 4},           {"\0\0\0\0\3ab", 7},         {"\0\0\0\0\3abcd", 9},
        {"\2\0\0\0\0", 5}, {"\0\xff\xff\xff\xff", 5}, {"\0\0\0\0\0\0\0\0\0\0", 10}};
    const char *message;
    size_t len;
    bool is_packed;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(oat_grpc_unwrap(bad[i].body, bad[i].len, &message, &len, &is_packed));
}

static void a_prefix_is_big_endian(void **state)
{
    (void)state;
    uint8_t prefix[OAT_GRPC_PREFIX_SIZE];
    oat_grpc_prefix(0x01020304, prefix);
    assert_memory_equal(prefix, "\0\1\2\3\4", 5);
}

static void messages_are_escaped_and_cut_between_characters(void **state)
{
    (void)state;
    char text[16];
    oat_grpc_escape("50 % \xc3\xa4\n", text, sizeof text);
    assert_string_equal(text, "50 %25 %C3%A4");
    oat_grpc_escape("abc", text, 3);
    assert_string_equal(text, "ab");
    oat_grpc_escape("a%", text, 4);
    assert_string_equal(text, "a");
    oat_grpc_escape("a", text, 1);
    assert_string_equal(text, "");
}

static void only_what_may_come_again_is_unavailable(void **state)
{
    (void)state;
    assert_int_equal(oat_grpc_code_of(200), OAT_GRPC_OK);
    assert_int_equal(oat_grpc_code_of(400), OAT_GRPC_INVALID_ARGUMENT);
    assert_int_equal(oat_grpc_code_of(401), OAT_GRPC_UNAUTHENTICATED);
    assert_int_equal(oat_grpc_code_of(413), OAT_GRPC_RESOURCE_EXHAUSTED);
    assert_int_equal(oat_grpc_code_of(503), OAT_GRPC_UNAVAILABLE);
    assert_int_equal(oat_grpc_code_of(500), OAT_GRPC_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_only_message_of_a_body_is_found),
        cmocka_unit_test(bodies_of_another_shape_are_refused),
        cmocka_unit_test(a_prefix_is_big_endian),
        cmocka_unit_test(messages_are_escaped_and_cut_between_characters),
        cmocka_unit_test(only_what_may_come_again_is_unavailable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
