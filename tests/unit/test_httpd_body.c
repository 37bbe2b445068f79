/* Bodies of requests: unpacked within their bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "httpd/body.h"

#define MAX_BYTES ((size_t)1 << 20)

struct packed {
    unsigned char bytes[1 << 16];
    size_t len;
};

/* Appends a gzip member with so many times the letter. */
static void pack(struct packed *to, char letter, size_t count)
{
    char *text = malloc(count + 1);
    z_stream stream = {0};
    memset(text, letter, count + 1);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (unsigned char *)text;
    stream.avail_in = (uInt)count;
    stream.next_out = to->bytes + to->len;
    stream.avail_out = (uInt)(sizeof to->bytes - to->len);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    to->len += stream.total_out;
    deflateEnd(&stream);
    free(text);
}

/* Returns the status of the refusal, or 0 when the body is `count` times the letter. */
static int read_back(const struct packed *packed, const char *encoding, struct oat_memory_budget *budget,
                     char letter, size_t count)
{
    struct oat_body body = {0};
    struct oat_answer answer = {0};
    if (oat_body_read(&body, (const char *)packed->bytes, packed->len, encoding, MAX_BYTES, budget,
                      &answer)) {
        assert_int_equal(body.len, count);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(body.bytes[i], letter);
    }
    assert_true(atomic_load(&budget->used_bytes) <= budget->limit_bytes);
    assert_int_equal(answer.retry_after_s > 0, answer.status == 503);
    oat_body_free(&body);
    oat_json_free(&answer.body);
    assert_int_equal(atomic_load(&budget->used_bytes), 0);
    return answer.status;
}

static void a_body_may_come_packed_in_several_members(void **state)
{
    (void)state;
    struct oat_memory_budget budget = {.limit_bytes = 2 * MAX_BYTES};
    struct packed one = {0}, three = {0}, empty = {0}, full = {0};
    pack(&one, 'a', 100000);
    assert_int_equal(read_back(&one, "gzip", &budget, 'a', 100000), 0);
    assert_int_equal(read_back(&one, "GZIP", &budget, 'a', 100000), 0);
    for (int i = 0; i < 3; i++)
        pack(&three, 'b', 30000);
    assert_int_equal(read_back(&three, "gzip", &budget, 'b', 90000), 0);
    pack(&empty, 'c', 0);
    assert_int_equal(read_back(&empty, "gzip", &budget, 'c', 0), 0);
    pack(&full, 'd', MAX_BYTES);
    assert_int_equal(read_back(&full, "gzip", &budget, 'd', MAX_BYTES), 0);
}

static void a_body_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(void **state)
{
    (void)state;
    struct oat_memory_budget budget = {.limit_bytes = 2 * MAX_BYTES};
    struct packed over = {0}, bomb = {0};
    pack(&over, 'a', MAX_BYTES + 1);
    assert_int_equal(read_back(&over, "gzip", &budget, 'a', 0), 413);
    pack(&bomb, 'a', 32 * MAX_BYTES);
    assert_int_equal(read_back(&bomb, "gzip", &budget, 'a', 0), 413);
}

static void what_is_not_gzip_from_first_to_last_byte_is_refused(void **state)
{
    (void)state;
    struct oat_memory_budget budget = {.limit_bytes = 2 * MAX_BYTES};
    struct packed text = {.bytes = "plain text", .len = 10}, behind = {0}, cut = {0};
    assert_int_equal(read_back(&text, "gzip", &budget, 'a', 0), 400);
    pack(&behind, 'a', 1000);
    memcpy(behind.bytes + behind.len, "more", 4);
    behind.len += 4;
    assert_int_equal(read_back(&behind, "gzip", &budget, 'a', 0), 400);
    pack(&cut, 'a', 1000);
    for (cut.len--; cut.len > 0; cut.len--)
        assert_int_equal(read_back(&cut, "gzip", &budget, 'a', 0), 400);
    assert_int_equal(read_back(&text, "br", &budget, 'a', 0), 415);
}

static void a_body_beyond_the_budget_is_to_come_again(void **state)
{
    (void)state;
    struct oat_memory_budget budget = {.limit_bytes = 100000};
    struct packed packed = {0}, plain = {0};
    pack(&packed, 'a', 500000);
    assert_int_equal(read_back(&packed, "gzip", &budget, 'a', 0), 503);
    memset(plain.bytes, 'a', plain.len = sizeof plain.bytes);
    assert_int_equal(read_back(&plain, NULL, &budget, 'a', sizeof plain.bytes), 0);
    budget.limit_bytes = sizeof plain.bytes - 1;
    assert_int_equal(read_back(&plain, NULL, &budget, 'a', 0), 503);
}

static void types_are_compared_without_case_and_parameters(void **state)
{
    (void)state;
    assert_true(oat_content_type_is("application/json", OAT_CONTENT_JSON));
    assert_true(oat_content_type_is("Application/JSON; charset=utf-8", OAT_CONTENT_JSON));
    assert_true(oat_content_type_is("application/json ;charset=utf-8", OAT_CONTENT_JSON));
    assert_false(oat_content_type_is("application/jsonl", OAT_CONTENT_JSON));
    assert_false(oat_content_type_is("text/plain", OAT_CONTENT_JSON));
    assert_false(oat_content_type_is(NULL, OAT_CONTENT_JSON));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_may_come_packed_in_several_members),
        cmocka_unit_test(a_body_that_unpacks_to_too_much_is_refused_before_it_is_unpacked),
        cmocka_unit_test(what_is_not_gzip_from_first_to_last_byte_is_refused),
        cmocka_unit_test(a_body_beyond_the_budget_is_to_come_again),
        cmocka_unit_test(types_are_compared_without_case_and_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
