/* Messages of inputs, and which of them are new. */
#include "tests/support/unit.h"

#include "httpd/conversation.h"
#include "httpd/sniff.h"
#include "tests/support/reader_fixture.h"

static struct oat_messages read_messages(const struct oat_fixture *f, const char *text)
{
    struct oat_messages messages;
    assert_int_equal(oat_messages_read(f->snapshot, (const uint8_t *)text, strlen(text), &messages), OAT_OK);
    return messages;
}

/* "role pointer bytes" of each, with commas between them. */
static void assert_messages(const struct oat_fixture *f, const char *text, const char *expected)
{
    char found[400] = "";
    struct oat_messages messages = read_messages(f, text);
    for (size_t i = 0; i < messages.count; i++) {
        const struct oat_message *m = &messages.items[i];
        size_t used = strlen(found);
        snprintf(found + used, sizeof found - used, "%s%s %s %u", i ? ", " : "", m->role, m->pointer,
                 (unsigned)m->bytes);
    }
    assert_string_equal(found, expected);
    oat_messages_free(&messages);
}

static void messages_of_known_apis_are_found(void **state)
{
    struct oat_fixture *f = *state;
    oat_fixture_take(f);
    assert_messages(f, "{\"model\":\"m\",\"messages\":[{\"role\":\"system\"},{\"role\":\"user\"}]}",
                    "system /messages/0 17, user /messages/1 15");
    assert_messages(f, "{\"messages\":[{\"role\":\"user\"}],\"system\":\"Be brief.\"}",
                    "system /system 11, user /messages/0 15");
    assert_messages(f,
                    "{\"instructions\":\"x\",\"input\":[{\"type\":\"function_call\"},{\"role\":\"user\"}]}",
                    "system /instructions 3, function_call /input/0 24, user /input/1 15");
    assert_messages(f, "{\"input\":\"hello\"}", "user /input 7");
    assert_messages(f, "{\"contents\":[{\"role\":\"model\",\"parts\":[]}]}", "model /contents/0 27");
    assert_messages(f, "[{\"role\":\"user\"}, \"and a text\"]", "user /0 15, user /1 12");
}

static void any_other_text_is_one_message(void **state)
{
    struct oat_fixture *f = *state;
    oat_fixture_take(f);
    assert_messages(f, "Where is my refund?", "user  19");
    assert_messages(f, "{\"prompt\":1}", "user  12");
    assert_messages(f, "{\"messages\":[", "user  13");
    assert_messages(f, "", "");
}

static void what_the_earlier_call_lacks_is_new(void **state)
{
    struct oat_fixture *f = *state;
    bool is_new[4];
    oat_fixture_take(f);
    struct oat_messages earlier = read_messages(f, "[\"a\",\"b\",\"c\"]");
    struct oat_messages later = read_messages(f, "[\"a\",\"x\",\"c\",\"d\"]");
    assert_int_equal(oat_messages_common(&earlier, &later), 1);
    assert_int_equal(oat_messages_new(&earlier, &later, is_new), OAT_OK);
    static const bool expected[] = {false, true, false, true};
    assert_memory_equal(is_new, expected, sizeof expected);
    oat_messages_free(&earlier);
    oat_messages_free(&later);
}

static void long_roles_are_cut(void **state)
{
    struct oat_fixture *f = *state;
    char text[400];
    oat_fixture_take(f);
    snprintf(text, sizeof text, "[{\"role\":\"%0200d\"}]", 7);
    struct oat_messages messages = read_messages(f, text);
    assert_int_equal(messages.count, 1);
    assert_int_equal(strlen(messages.items[0].role), OAT_MESSAGE_TEXT_MAX - 1);
    oat_messages_free(&messages);
}

static void assert_media(const char *bytes, size_t len, const char *expected)
{
    const char *found = oat_sniff_media((const uint8_t *)bytes, len);
    if (expected)
        assert_string_equal(found, expected);
    else
        assert_null(found);
}

static void media_is_told_by_its_first_bytes(void **state)
{
    (void)state;
    assert_media("\x89PNG\r\n\x1a\n....", 12, "image/png");
    assert_media("RIFF\1\2\3\4WEBP", 12, "image/webp");
    assert_media("RIFF\1\2\3\4WAVE", 12, "audio/wav");
    assert_media("\0\0\0\x20"
                 "ftypavif",
                 12, "image/avif");
    assert_media("\0\0\0\x20"
                 "ftypisom",
                 12, "video/mp4");
    assert_media("\xff\xfb\x90\x00", 4, "audio/mpeg");
    assert_media("\xff\xff\xff\xff", 4, NULL);
    assert_media("RIFF\1\2\3\4", 8, NULL);
    assert_media("<svg onload=x>", 14, NULL);
    assert_media("<html>", 6, NULL);
    assert_media("", 0, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(messages_of_known_apis_are_found),   OAT_FIXTURE_TEST(any_other_text_is_one_message),
        OAT_FIXTURE_TEST(what_the_earlier_call_lacks_is_new), OAT_FIXTURE_TEST(long_roles_are_cut),
        cmocka_unit_test(media_is_told_by_its_first_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
