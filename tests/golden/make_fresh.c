/* Writes a store with the writer as agents do, and beside it what it holds: make_fresh DIR makes
 * DIR/store and DIR/expected/<span id>.{fields,input,output,error}. A reader that shares no code with
 * the project is held against both (tests/python/test_fresh.py). The same in every run but for times
 * and ids. */
#include "oat/oat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SPANS       400u
#define PAYLOAD_MAX (1u << 20)

static const char *expected_dir;
static uint64_t random_state = 42;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((random_state >> 33) % n);
}

static FILE *expect_file(const oat_span *span, const char *what)
{
    char path[1024];
    oat_span_context c = oat_span_get_context(span);
    int n = snprintf(path, sizeof path, "%s/", expected_dir);
    for (int i = 0; i < 8; i++)
        n += snprintf(path + n, sizeof path - (size_t)n, "%02x", c.span_id[i]);
    snprintf(path + n, sizeof path - (size_t)n, ".%s", what);
    FILE *f = fopen(path, "ab");
    if (!f) {
        perror(path);
        exit(1);
    }
    return f;
}

static void expect_payload(const oat_span *span, const char *what, const void *bytes, size_t len)
{
    FILE *f = expect_file(span, what);
    fwrite(bytes, 1, len, f);
    fclose(f);
}

static void expect_field(const oat_span *span, const char *name, const char *value)
{
    FILE *f = expect_file(span, "fields");
    fprintf(f, "%s\t%s\n", name, value);
    fclose(f);
}

static void expect_number(const oat_span *span, const char *name, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    expect_field(span, name, text);
}

/* ---- Payloads ---- */

static char payload[PAYLOAD_MAX];
static char conversation[PAYLOAD_MAX] = "{\"model\":\"m\",\"messages\":[";
static size_t conversation_len = 25;

static size_t random_words(char *dst, size_t len)
{
    static const char *const words[] = {"plan", "tool", "result", "file", "search", "because", "42", "then"};
    size_t n = 0;
    while (n + 12 < len)
        n += (size_t)snprintf(dst + n, len - n, "%s ", words[random_below(8)]);
    return n;
}

/* The conversation so far with one message more, as agents resend it. */
static size_t next_conversation(void)
{
    char text[400];
    text[random_words(text, 20 + random_below(380))] = '\0';
    if (conversation_len + 1000 > sizeof conversation)
        conversation_len = 25;
    conversation_len +=
        (size_t)snprintf(conversation + conversation_len, sizeof conversation - conversation_len,
                         "%s{\"role\":\"user\",\"content\":\"%s\"}",
                         conversation_len == 25 ? ""
                         : random_below(2)      ? ","
                                                : ", ",
                         text);
    memcpy(payload, conversation, conversation_len);
    memcpy(payload + conversation_len, "]}", 2);
    return conversation_len + 2;
}

static size_t image_message(void)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = (size_t)snprintf(payload, 100, "{\"messages\":[{\"image\":\"data:image/png;base64,");
    for (size_t chars = 4 * (400 + random_below(3000)); chars > 0; chars--)
        payload[n++] = digits[random_below(64)];
    memcpy(payload + n, "\"}]}", 4);
    return n + 4;
}

static size_t random_bytes(size_t len)
{
    for (size_t i = 0; i < len; i++)
        payload[i] = (char)random_below(256);
    return len;
}

/* Fills `payload` with something of one of the kinds that are stored differently. */
static size_t any_payload(void)
{
    switch (random_below(8)) {
    case 0:
        return 0;
    case 1:
        return random_bytes(1 + random_below(300));
    case 2:
        return random_words(payload, 100000 + random_below(200000));
    case 3:
        return image_message();
    case 4:
        return random_bytes(70000 + random_below(10000));
    default:
        return next_conversation();
    }
}

/* ---- Spans ---- */

static void set_fields(oat_span *span, unsigned n)
{
    static const char *const texts[] = {"name",      "service",        "environment", "model",
                                        "provider",  "agent",          "session_id",  "user_id",
                                        "operation", "status_message", "prompt_name"};
    static const char *const counts[] = {"prompt_tokens",      "completion_tokens",     "cached_tokens",
                                         "cache_write_tokens", "cache_write_1h_tokens", "reasoning_tokens",
                                         "audio_input_tokens", "audio_output_tokens",   "image_tokens"};
    char text[600];
    unsigned field = 1 + random_below(OAT_TEXT_FIELDS - 1);
    size_t len = random_words(text, 13 + random_below(580));
    text[len] = '\0';
    oat_span_set_text(span, (enum oat_text_field)field, text, len);
    expect_field(span, texts[field], text);

    field = random_below(OAT_COUNT_FIELDS);
    oat_span_set_count(span, (enum oat_count_field)field, n * 1000u);
    expect_number(span, counts[field], n * 1000u);
    if (n % 3 == 0) {
        oat_span_set_cost(span, n * INT64_C(1000000007), n, -1, OAT_COST_REPORTED);
        expect_number(span, "total_cost_nano", n * INT64_C(1000000007));
        expect_number(span, "input_cost_nano", n);
    }
    if (n % 5 == 0) {
        oat_span_set_ttft_us(span, n);
        expect_number(span, "ttft_us", n);
        oat_span_set_attr_int(span, "n", n);
        expect_number(span, "attribute n", n);
    }
}

static void set_payloads(oat_span *span, unsigned n)
{
    size_t len = any_payload();
    oat_span_set_input(span, payload, len, NULL);
    expect_payload(span, "input", payload, len);
    if (n % 2 == 0) {
        len = any_payload();
        oat_span_set_output(span, payload, len, "application/octet-stream");
        expect_payload(span, "output", payload, len);
    }
    if (n % 7 == 0) {
        len = random_words(payload, 300);
        oat_span_set_error(span, payload, len);
        expect_payload(span, "error", payload, len);
    }
}

static void write_span(oat_tracer *tracer, unsigned n, unsigned depth)
{
    static unsigned written;
    char name[32];
    snprintf(name, sizeof name, "span-%u", n);
    oat_span *span = oat_span_start(tracer, (enum oat_span_type)(1 + n % 14), name);
    written++;
    expect_field(span, "name", name);
    expect_field(span, "status", n % 7 == 0 ? "error" : "success");
    set_fields(span, n);
    set_payloads(span, n);
    while (written < SPANS && depth < 12 && random_below(3) > 0)
        write_span(tracer, written, depth + 1);
    oat_span_end(span);
}

int main(int argc, char **argv)
{
    static char store[900], expected[900];
    oat_config config;
    oat_tracer *tracer;
    if (argc != 2) {
        fprintf(stderr, "usage: make_fresh DIR\n");
        return 2;
    }
    snprintf(store, sizeof store, "%s/store", argv[1]);
    snprintf(expected, sizeof expected, "%s/expected", argv[1]);
    expected_dir = expected;
    mkdir(argv[1], 0700);
    mkdir(expected, 0700);

    oat_config_init(&config);
    config.data_dir = store;
    config.roll_slots = 64;
    int result = oat_tracer_open(&config, &tracer);
    if (result != OAT_OK) {
        fprintf(stderr, "%s: %s\n", store, oat_result_text(result));
        return 1;
    }
    for (unsigned n = 0; n < 20; n++)
        write_span(tracer, n * 20, 0);
    oat_tracer_close(tracer);
    return 0;
}
