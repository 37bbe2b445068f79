/* WebSocket frames: what clients send, also those that break the rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "httpd/frames.h"

enum { FIN = 0x80, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

struct client {
    struct oat_frames *frames;
    uint8_t sent[4096];
    size_t sent_len;
    char text[512];
    unsigned texts;
    bool echo;
};

static void on_send(void *arg, const void *bytes, size_t len)
{
    struct client *c = arg;
    assert_true(c->sent_len + len <= sizeof c->sent);
    memcpy(c->sent + c->sent_len, bytes, len);
    c->sent_len += len;
}

static void on_text(void *arg, const char *bytes, size_t len)
{
    struct client *c = arg;
    assert_true(len < sizeof c->text);
    memcpy(c->text, bytes, len);
    c->text[len] = '\0';
    c->texts++;
    if (c->echo)
        assert_true(oat_frames_text(c->frames, bytes, len));
}

static int set_up(void **state)
{
    static const struct oat_frames_events events = {.send = on_send, .text = on_text};
    struct client *c = calloc(1, sizeof *c);
    c->frames = oat_frames_new(&events, c);
    *state = c;
    return c->frames ? 0 : -1;
}

static int tear_down(void **state)
{
    struct client *c = *state;
    oat_frames_free(c->frames);
    free(c);
    return 0;
}

/* A frame of a client, masked; returns its length. len: below 126. */
static size_t make(uint8_t *ret, uint8_t first, const char *payload, size_t len)
{
    static const uint8_t mask[4] = {1, 2, 3, 4};
    ret[0] = first;
    ret[1] = (uint8_t)(0x80 | len);
    memcpy(ret + 2, mask, 4);
    for (size_t i = 0; i < len; i++)
        ret[6 + i] = (uint8_t)payload[i] ^ mask[i % 4];
    return 6 + len;
}

static bool feed(struct client *c, uint8_t first, const char *payload)
{
    uint8_t frame[200];
    return oat_frames_feed(c->frames, frame, make(frame, first, payload, strlen(payload)));
}

/* The code of the close frame that was sent last. */
static unsigned close_code(const struct client *c)
{
    for (size_t i = 0; i + 4 <= c->sent_len; i++)
        if (c->sent[i] == (FIN | CLOSE))
            return (unsigned)c->sent[i + 2] << 8 | c->sent[i + 3];
    return 0;
}

static void a_text_comes_through_byte_by_byte_too(void **state)
{
    struct client *c = *state;
    uint8_t frame[200];
    size_t len = make(frame, FIN | TEXT, "hello", 5);
    for (size_t i = 0; i < len; i++)
        assert_true(oat_frames_feed(c->frames, frame + i, 1));
    assert_string_equal(c->text, "hello");
    assert_int_equal(c->texts, 1);
}

static void a_text_in_fragments_is_one(void **state)
{
    struct client *c = *state;
    assert_true(feed(c, TEXT, "hel"));
    assert_true(feed(c, FIN | PING, "between"));
    assert_true(feed(c, FIN, "lo"));
    assert_string_equal(c->text, "hello");
    assert_int_equal(c->texts, 1);
}

static void a_ping_is_answered_with_what_was_in_it(void **state)
{
    struct client *c = *state;
    assert_true(feed(c, FIN | PING, "ab"));
    assert_int_equal(c->sent_len, 4);
    assert_memory_equal(c->sent,
                        "\x8a\x02"
                        "ab",
                        4);
}

static void texts_of_the_server_are_not_masked(void **state)
{
    struct client *c = *state;
    char text[300];
    memset(text, 'x', sizeof text);
    assert_true(oat_frames_text(c->frames, text, sizeof text));
    assert_int_equal(c->sent_len, 4 + sizeof text);
    assert_memory_equal(c->sent, "\x81\x7e\x01\x2c", 4);
}

static void a_message_may_be_answered_while_it_is_taken(void **state)
{
    struct client *c = *state;
    c->echo = true;
    assert_true(feed(c, FIN | TEXT, "a"));
    assert_true(feed(c, FIN | TEXT, "b"));
    assert_memory_equal(c->sent,
                        "\x81\x01"
                        "a\x81\x01"
                        "b",
                        6);
}

static void what_breaks_the_rules_ends_it_with_the_right_code(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        unsigned code;
    } rules[] = {
        {"\x81\x01"
         "a",
         3, 1002},                             /* not masked */
        {"\xc1\x81\1\2\3\4a", 7, 1002},        /* a reserved bit */
        {"\x83\x81\1\2\3\4a", 7, 1002},        /* a kind there is not */
        {"\x80\x81\1\2\3\4a", 7, 1002},        /* goes on with nothing */
        {"\x09\x80\1\2\3\4", 6, 0},            /* a ping in fragments: dropped without a word */
        {"\x89\xfe\0\x80\1\2\3\4", 8, 0},      /* a ping of 128 bytes: likewise */
        {"\x81\x82\0\0\0\0\xc3\x28", 8, 1007}, /* no UTF-8 */
        {"\x82\x81\1\2\3\4a", 7, 1003},        /* binary */
        /* 2^31 bytes, 2^63 - 1 bytes, a byte more than is allowed: told by the first of them */
        {"\x81\xff\0\0\0\0\x80\0\0\0\1\2\3\4x", 15, 1009},
        {"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\1\2\3\4x", 15, 1009},
        {"\x81\xff\0\0\0\0\0\1\0\1\1\2\3\4x", 15, 1009},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        void *fresh;
        assert_int_equal(set_up(&fresh), 0);
        struct client *c = fresh;
        bool goes_on = oat_frames_feed(c->frames, rules[i].bytes, rules[i].len);
        if (goes_on || close_code(c) != rules[i].code || c->texts != 0)
            fail_msg("case %zu: goes on %d, code %u, texts %u", i, goes_on, close_code(c), c->texts);
        tear_down(&fresh);
    }
}

static void a_close_is_answered_and_nothing_follows(void **state)
{
    struct client *c = *state;
    assert_false(feed(c, FIN | CLOSE, "\x03\xe8"));
    assert_int_equal(close_code(c), 1000);
    size_t len = c->sent_len;
    assert_false(oat_frames_text(c->frames, "late", 4));
    assert_false(oat_frames_ping(c->frames));
    assert_int_equal(c->sent_len, len);
}

static void the_server_says_why_it_goes(void **state)
{
    struct client *c = *state;
    oat_frames_close(c->frames, OAT_CLOSE_GOING_AWAY, "bye");
    assert_int_equal(c->sent_len, 7);
    assert_memory_equal(c->sent,
                        "\x88\x05\x03\xe9"
                        "bye",
                        7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_text_comes_through_byte_by_byte_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_text_in_fragments_is_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_ping_is_answered_with_what_was_in_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(texts_of_the_server_are_not_masked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_message_may_be_answered_while_it_is_taken, set_up, tear_down),
        cmocka_unit_test(what_breaks_the_rules_ends_it_with_the_right_code),
        cmocka_unit_test_setup_teardown(a_close_is_answered_and_nothing_follows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_server_says_why_it_goes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
