/* Secrets do not reach the files. */
#include "format/hash.h"
#include "redact/redact.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"

#define ALL (OAT_REDACT_KEYS | OAT_REDACT_EMAILS | OAT_REDACT_CARDS)

static const struct oat_redact_rules all = {.kinds = ALL};

/* The text with markers cut down to "<kind length>"; free it. */
static char *redacted(unsigned kinds, const char *text)
{
    oat_random random;
    struct oat_redact_ids ids = {.random = &random};
    const struct oat_redact_rules rules = {.kinds = kinds};
    uint8_t *bytes;
    size_t len;
    oat_random_seed(&random);
    int st = oat_redact(&rules, (const uint8_t *)text, strlen(text), &ids, &bytes, &len);
    if (st == OAT_NOTFOUND)
        return strdup(text);
    assert_int_equal(st, OAT_OK);
    char *plain = calloc(1, len + 1), *to = plain;
    assert_non_null(plain);
    for (size_t i = 0; i < len;) {
        char kind[16];
        unsigned long n;
        int used = 0;
        const char *at = (const char *)bytes + i;
        if (len - i > 20 && sscanf(at, "[redacted %15[a-z] %lu %*16[0-9a-f]]%n", kind, &n, &used) == 2 &&
            used > 0) {
            to += sprintf(to, "<%s %lu>", kind, n);
            i += (size_t)used;
        } else {
            *to++ = *at;
            i++;
        }
    }
    free(bytes);
    return plain;
}

static void assert_redacted(unsigned kinds, const char *text, const char *expected)
{
    char *plain = redacted(kinds, text);
    assert_string_equal(plain, expected);
    free(plain);
}

#define T36 "abcdefghijklmnop0123456789ABCDEFGHIJ"

static void keys_are_known_by_their_look(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"my key is sk-proj-abc123DEF456ghi789 ok", "my key is <key 26> ok"},
        {"sk-ant-api03-" T36, "<key 49>"},
        {"line\\nsk-abcdefghijklmnop1234\\n", "line\\n<key 23>\\n"}, /* within JSON text */
        {"ghp_" T36 " github_pat_" T36, "<key 40> <key 47>"},
        {"AKIAIOSFODNN7EXAMPLE", "<key 20>"},
        {"Credential=AKIAIOSFODNNQEXAMPLE/20260102/us-east-1/s3",
         "Credential=<key 20>/20260102/us-east-1/s3"},
        {"https://host/v1/keys/sk-abcdefghijklmnop1234", "https://host/v1/keys/<key 23>"},
        {"sk-lf-01234567-89ab-cdef-0123-456789abcdef", "<key 42>"},
        {"(AIzaSyA-1234567890abcdefghijklmnopqrstu)", "(<key 39>)"},
        {"xoxb-123456789012-abcdefABCDEF", "<key 30>"},
        {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n", "<key 77>"},
        {"Bearer abcdefgh12345678", "Bearer <key 16>"},
        {"-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY----- x", "<key 75> x"},
        {"hf_abcdefghijklmnopqrstuvwxyz012345", "<key 35>"},
        {"oat_0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdef", "<key 56>"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_redacted(OAT_REDACT_KEYS, cases[i].text, cases[i].expected);
}

static void secrets_are_known_by_their_names(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"{\"api_key\": \"hunter2\", \"x\": 1}", "{\"api_key\": \"<secret 7>\", \"x\": 1}"},
        {"{\"OPENAI_API_KEY\":\"a\\\"b\"}", "{\"OPENAI_API_KEY\":\"<secret 4>\"}"},
        {"{\"arguments\": \"{\\\"password\\\": \\\"p w\\\", \\\"n\\\": 1}\"}",
         "{\"arguments\": \"{\\\"password\\\": \\\"<secret 3>\\\", \\\"n\\\": 1}\"}"},
        {"{'clientSecret': 'x'}", "{'clientSecret': '<secret 1>'}"},
        {"Authorization: Basic dXNlcjpwYXNz1\r\nHost: h", "Authorization: Basic <secret 13>\r\nHost: h"},
        {"X-Api-Key: 0123456789", "X-Api-Key: <secret 10>"},
        {"https://h/?api_key=abc12345&q=1", "https://h/?api_key=<secret 8>&q=1"},
        {"{\"token\": \"abcdefghijklmnop\"}", "{\"token\": \"<secret 16>\"}"},
        {"{\"Set-Cookie\": \"sid=1\"}", "{\"Set-Cookie\": \"<secret 5>\"}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_redacted(OAT_REDACT_KEYS, cases[i].text, cases[i].expected);
}

static void addresses_and_cards_are_found_where_that_is_asked_for(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"mail jane.doe+x@mail.example.org.", "mail <email 27>."},
        {"\\njane@example.org\\n", "\\n<email 16>\\n"},
        {"<jane@example.org>", "<<email 16>>"},
        {"pay 4111 1111 1111 1111 now", "pay <card 19> now"},
        {"5500-0000-0000-0004", "<card 19>"},
        {"\"378282246310005\"", "\"<card 15>\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_redacted(ALL, cases[i].text, cases[i].expected);
        assert_redacted(OAT_REDACT_KEYS, cases[i].text, cases[i].text);
    }
}

static void what_only_looks_like_it_stays(void **state)
{
    static const char *const texts[] = {
        "task-management-for-everyone-2024", /* no beginning of a word */
        "sk-learn-pipelines-and-more-words", /* no digit */
        "sk-learn-1-5-notes-for-the-2024-talk",
        "AKIAIOSFODNN7EXAMPLES", /* a word that goes on */
        "AIzaSyA-1234567890abcdefghijklmnopqrstuv",
        "{\"password\": \"[redacted]\"}", /* already */
        "the password: must be long",
        "{\"token\": \" Hello\", \"logprob\": -0.1}",
        "{\"max_tokens\": 4096, \"prompt_tokens\": \"12\"}",
        "{\"password\": \"\"}",
        "{\"secret\": {\"type\": \"string\"}}",
        "eyJhbGciOiJIUzI1NiJ9 is the beginning of a token",
        "a@b",
        "@decorator",
        "user@localhost",
        "4111 1111 1111 1112", /* wrong check digit */
        "0000 0000 0000 0000",
        "1732406400123456789012345",
        "3.14159265358979323",
        "-----BEGIN CERTIFICATE-----\nMIIB1234\n-----END CERTIFICATE-----",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_redacted(ALL, texts[i], texts[i]);
}

/* Pictures in base64 are long enough for every beginning of a key to occur in them. */
static void what_is_like_a_key_within_base64_stays(void **state)
{
    static const char *const begins[] = {"sk-",  "xai-", "hf_",  "r8_",  "gsk_", "ghp_",
                                         "npm_", "oat_", "AIza", "AKIA", "ASIA", "-----BEGIN "};
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";
    oat_random random = {{1, 2, 3, 4}};
    (void)state;
    for (unsigned url = 0; url < 2; url++) {
        for (size_t round = 0; round < 4000; round++) {
            char text[512] = "data:image/png;base64,";
            size_t len = strlen(text), begin = len + 40 + round % 40;
            for (; len < 400; len++) {
                char c = plain[oat_random_next(&random) % 64];
                text[len] = url && c == '+' ? '-' : url && c == '/' ? '_' : c;
            }
            text[begin++] = url ? '-' : "+/"[round % 2];
            memcpy(text + begin, begins[round % 12], strlen(begins[round % 12]));
            if (round % 12 >= 9) /* what follows has the shape as well */
                memcpy(text + begin + 4, "IOSFODNN7EXAMPLE+", 17);
            assert_redacted(OAT_REDACT_KEYS, text, text);
        }
    }
}

static void the_same_secret_has_the_same_marker(void **state)
{
    static const char text[] = "sk-abcdefghijklmnop1234 sk-abcdefghijklmnop1234 sk-abcdefghijklmnop1235";
    oat_random random;
    struct oat_redact_ids ids = {.random = &random, .seed = 1}; /* by which the two do not share a place */
    uint8_t *once, *twice;
    size_t len, len_twice;
    (void)state;
    oat_random_seed(&random);
    assert_int_equal(oat_redact(&all, (const uint8_t *)text, strlen(text), &ids, &once, &len), OAT_OK);
    assert_int_equal(oat_redact(&all, (const uint8_t *)text, strlen(text), &ids, &twice, &len_twice), OAT_OK);
    assert_int_equal(len, len_twice);
    assert_memory_equal(once, twice, len);
    size_t one = len / 3;
    assert_memory_equal(once, once + one + 1, one);
    assert_memory_not_equal(once, once + 2 * (one + 1), one);
    free(once);
    free(twice);
}

/* ---- Through a tracer ---- */

static bool contains(const struct oat_run_view *view, const oat_payload *payload, const char *text)
{
    uint8_t *bytes;
    size_t len;
    assert_int_equal(oat_payload_read(view->snapshot, payload, &bytes, &len), OAT_OK);
    bool found = memmem(bytes, len, text, strlen(text)) != NULL;
    free(bytes);
    return found;
}

static void nothing_of_a_key_is_in_the_files(void **state)
{
    static const char key[] = "sk-abcdefghijklmnop1234";
    static const oat_attr nested[] = {
        {"note", OAT_NUL, {.type = OAT_VALUE_STRING, .len = 23, .u.string = key}}};
    const oat_value map = {.type = OAT_VALUE_MAP, .len = 1, .u.map = nested};
    struct oat_run_writer *w = *state;
    oat_span *span = oat_span_start(w->tracer, OAT_LLM, "call");
    oat_span_set_input(span, "{\"api_key\": \"hunter2hunter2\", \"q\": \"sk-abcdefghijklmnop1234\"}", OAT_NUL,
                       NULL);
    oat_span_set_output(span, "fine", OAT_NUL, NULL);
    oat_span_set_error(span, "401: bad key sk-abcdefghijklmnop1234\nmore", OAT_NUL);
    oat_span_set_attr_string(span, "key.of.it", key);
    oat_span_set_attr_string(span, "db.password", "hunter2hunter2");
    oat_span_set_attr_int(span, "api_key", 123456);
    oat_span_set_attr(span, "nested", OAT_NUL, &map);
    oat_span_add_event(span, &(oat_event){.name = "e", .name_len = 1, .attrs = nested, .attr_count = 1});
    oat_span_end(span);
    oat_span_end(oat_span_start(w->tracer, OAT_TOOL, "after"));
    assert_int_equal(oat_run_drops(w), 0);
    struct oat_run_view view = oat_run_look(w);
    const oat_span_view *seen = oat_run_span(&view, "call");
    assert_true(contains(&view, &seen->input, "[redacted key 23 "));
    assert_true(contains(&view, &seen->input, "[redacted secret 14 "));
    assert_true(contains(&view, &seen->error, "[redacted key 23 "));
    assert_true(seen->input.redacted && seen->error.redacted && !seen->output.redacted);
    oat_run_assert_payload(&view, &seen->output, "fine", 4);
    oat_text message = seen->text[OAT_TEXT_STATUS_MESSAGE];
    assert_non_null(memmem(message.bytes, message.len, "401: bad key [redacted key 23 ", 30));
    oat_run_view_close(&view);
    /* Neither in slots nor, as texts this short are not compressed, in payloads. */
    char command[OAT_RUN_PATH_SIZE + 80];
    snprintf(command, sizeof command, "grep -raqe abcdefghijklmnop -e hunter2 '%s'", w->dir);
    assert_int_not_equal(system(command), 0);
}

static void a_key_that_a_message_is_cut_in_is_redacted_first(void **state)
{
    struct oat_run_writer *w = *state;
    char text[300];
    oat_span *span = oat_span_start(w->tracer, OAT_LLM, "call");
    snprintf(text, sizeof text, "%0185d sk-abcdefghijklmnop1234", 0);
    oat_span_set_error(span, text, OAT_NUL);
    oat_span_end(span);
    struct oat_run_view view = oat_run_look(w);
    oat_text message = oat_run_span(&view, "call")->text[OAT_TEXT_STATUS_MESSAGE];
    assert_null(memmem(message.bytes, message.len, "sk-", 3));
    assert_true(message.len <= 200);
    oat_run_view_close(&view);
}

static void a_tracer_redacts_what_it_is_told_to(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.redact_keys = false;
    w->config.redact_emails = true;
    oat_run_writer_reopen(w);
    oat_span *span = oat_span_start(w->tracer, OAT_TOOL, "t");
    oat_span_set_input(span, "sk-abcdefghijklmnop1234 jane@example.org", OAT_NUL, NULL);
    oat_span_end(span);
    struct oat_run_view view = oat_run_look(w);
    const oat_span_view *seen = oat_run_span(&view, "t");
    assert_true(contains(&view, &seen->input, "sk-abcdefghijklmnop1234 [redacted email 16 "));
    oat_run_view_close(&view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_known_by_their_look),
        cmocka_unit_test(secrets_are_known_by_their_names),
        cmocka_unit_test(addresses_and_cards_are_found_where_that_is_asked_for),
        cmocka_unit_test(what_only_looks_like_it_stays),
        cmocka_unit_test(what_is_like_a_key_within_base64_stays),
        cmocka_unit_test(the_same_secret_has_the_same_marker),
        OAT_WRITER_TEST(nothing_of_a_key_is_in_the_files),
        OAT_WRITER_TEST(a_key_that_a_message_is_cut_in_is_redacted_first),
        OAT_WRITER_TEST(a_tracer_redacts_what_it_is_told_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
