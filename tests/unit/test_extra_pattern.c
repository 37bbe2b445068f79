/* Redaction by patterns of PCRE2. */
#include "oat/extra.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"

#include <fnmatch.h>
#include <limits.h>

static char warned[1000];

static void note_warning(void *arg, const char *message)
{
    (void)arg;
    snprintf(warned, sizeof warned, "%s", message);
}

static void redact(struct oat_run_writer *w, const oat_config_pattern *patterns, size_t count,
                   const oat_redactor *redactor)
{
    warned[0] = '\0';
    w->config.redact_patterns = patterns;
    w->config.redact_pattern_count = count;
    w->config.redactor = redactor;
    w->config.warn = note_warning;
    oat_run_writer_reopen(w);
}

/* The input that a span gets, as it is in the files. Free it. */
static char *stored(struct oat_run_writer *w, const void *text, size_t len)
{
    oat_span *span = oat_span_start(w->tracer, OAT_TOOL, "root");
    oat_span_set_input(span, text, len, "text/plain");
    oat_span_end(span);
    struct oat_run_view view = oat_run_look(w);
    uint8_t *bytes;
    size_t stored_len;
    const oat_payload *input = &oat_run_span(&view, "root")->input;
    assert_int_equal(oat_payload_read(view.snapshot, input, &bytes, &stored_len), OAT_OK);
    oat_run_view_close(&view);
    return (char *)bytes;
}

static void assert_stored(struct oat_run_writer *w, const char *text, const char *glob)
{
    char *bytes = stored(w, text, strlen(text));
    if (fnmatch(glob, bytes, 0) != 0)
        fail_msg("\"%s\" became \"%s\", which is not like %s", text, bytes, glob);
    free(bytes);
}

#define HEX16 "[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]*"

static void what_a_pattern_matches_is_replaced_by_a_marker_of_its_name(void **state)
{
    static const oat_config_pattern orders = {"order", "ORD-[0-9]{6}"};
    redact(*state, &orders, 1, oat_pcre2_redactor());
    assert_string_equal(warned, "");
    assert_stored(*state, "of ORD-123456 and ORD-1, ORD-999999.",
                  "of \\[redacted order 10 " HEX16 "\\] and ORD-1, \\[redacted order 10 " HEX16 "\\].");
}

static void patterns_and_built_in_kinds_work_together(void **state)
{
    static const oat_config_pattern patterns[] = {{"order", "ORD-\\d+"}, {"name", "(?i)\\bada\\b"}};
    redact(*state, patterns, 2, oat_pcre2_redactor());
    assert_stored(*state, "Ada has ORD-7, sk-abcdefghijklmnop1234",
                  "\\[redacted name 3 *\\] has \\[redacted order 5 *\\], \\[redacted key 23 *\\]");
}

static void attributes_and_messages_are_searched(void **state)
{
    static const oat_config_pattern orders = {"order", "ORD-[0-9]{6}"};
    struct oat_run_writer *w = *state;
    redact(w, &orders, 1, oat_pcre2_redactor());
    oat_span *span = oat_span_start(w->tracer, OAT_TOOL, "root");
    oat_span_set_attr_string(span, "order", "ORD-123456");
    oat_span_set_error(span, "no ORD-123456", OAT_NUL);
    oat_span_end(span);
    struct oat_run_view view = oat_run_look(w);
    const oat_span_view *root = oat_run_span(&view, "root");
    assert_false(oat_run_has_attr(&view, root, "order", "ORD-123456", 10));
    oat_text message = root->text[OAT_TEXT_STATUS_MESSAGE];
    assert_int_equal(strncmp(message.bytes, "no [redacted order 10 ", 22), 0);
    oat_run_view_close(&view);
}

static void bytes_that_are_no_text_are_searched_around(void **state)
{
    static const oat_config_pattern orders = {"order", "\xc3\xa9ORD-[0-9]"};
    redact(*state, &orders, 1, oat_pcre2_redactor());
    char *bytes = stored(*state, "\xff\xfe \xc3\xa9ORD-1 \xff", 12);
    assert_non_null(strstr(bytes, "[redacted order 7 "));
    assert_null(strstr(bytes, "ORD-1"));
    free(bytes);
}

static void a_pattern_that_takes_too_long_keeps_the_text_out(void **state)
{
    static const oat_config_pattern slow = {"slow", "(*NO_JIT)(a+)+\\d"};
    redact(*state, &slow, 1, oat_pcre2_redactor());
    assert_stored(*state, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
                  "\\[redacted unsearched 61 " HEX16 "\\]");
}

static void an_empty_match_hides_nothing_and_ends(void **state)
{
    static const oat_config_pattern odd[] = {{"empty", "x*"}, {"behind", "a\\Kb"}};
    redact(*state, odd, 2, oat_pcre2_redactor());
    assert_stored(*state, "ab", "a\\[redacted behind 1 *\\]");
}

static void without_a_redactor_no_text_is_kept(void **state)
{
    static const oat_config_pattern patterns[] = {{"order", "ORD-[0-9]{6}"}, {"name", "ada"}};
    redact(*state, patterns, 2, NULL);
    assert_non_null(strstr(warned, "liboat-extra"));
    assert_stored(*state, "harmless", "\\[redacted unsearched 8 *\\]");
}

static void a_wrong_pattern_is_told_and_no_text_is_kept(void **state)
{
    static const oat_config_pattern patterns[] = {{"good", "x"}, {"bad", "ORD-[0-9"}};
    redact(*state, patterns, 2, oat_pcre2_redactor());
    assert_non_null(strstr(warned, "pattern \"bad\": column 9: "));
    assert_stored(*state, "harmless", "\\[redacted unsearched 8 *\\]");
}

static void a_file_names_patterns(void **state)
{
    struct oat_run_writer *w = *state;
    char path[PATH_MAX], wrong[OAT_CONFIG_WRONG_SIZE];
    oat_config config;
    snprintf(path, sizeof path, "%s/t.yaml", w->dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("capture:\n  redact: [email, {name: order, pattern: 'ORD-\\d+'}, {pattern: secret}]\n", file);
    fclose(file);
    assert_int_equal(oat_config_load(&config, path, wrong), OAT_OK);
    assert_string_equal(wrong, "");
    assert_true(config.redact_emails && config.redact_pattern_count == 2);
    assert_string_equal(config.redact_patterns[0].name, "order");
    assert_string_equal(config.redact_patterns[0].pattern, "ORD-\\d+");
    assert_string_equal(config.redact_patterns[1].name, "pattern");
    oat_config_free(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(what_a_pattern_matches_is_replaced_by_a_marker_of_its_name),
        OAT_WRITER_TEST(patterns_and_built_in_kinds_work_together),
        OAT_WRITER_TEST(attributes_and_messages_are_searched),
        OAT_WRITER_TEST(bytes_that_are_no_text_are_searched_around),
        OAT_WRITER_TEST(a_pattern_that_takes_too_long_keeps_the_text_out),
        OAT_WRITER_TEST(an_empty_match_hides_nothing_and_ends),
        OAT_WRITER_TEST(without_a_redactor_no_text_is_kept),
        OAT_WRITER_TEST(a_wrong_pattern_is_told_and_no_text_is_kept),
        OAT_WRITER_TEST(a_file_names_patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
