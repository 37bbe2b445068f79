#include "tests/support/run_payload.h"

#include "tests/support/run_random.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t *extend(struct oat_run_bytes *b, size_t more)
{
    if (b->capacity - b->len < more) {
        b->capacity = (b->len + more) * 2;
        b->bytes = realloc(b->bytes, b->capacity);
        if (!b->bytes)
            abort();
    }
    uint8_t *at = b->bytes + b->len;
    b->len += more;
    return at;
}

static void put(struct oat_run_bytes *b, const char *text)
{
    memcpy(extend(b, strlen(text)), text, strlen(text));
}

static void __attribute__((format(printf, 2, 3))) putf(struct oat_run_bytes *b, const char *format, ...)
{
    char text[128];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    put(b, text);
}

static void put_words(struct oat_run_bytes *b, uint64_t seed, size_t len)
{
    static const char *const words[] = {
        "the",  "agent",     "reads",  "file",   "and",   "then",   "calls", "tool",
        "with", "an",        "answer", "of",     "two",   "lines",  "error", "at",
        "line", "caf\u00e9", "search", "result", "order", "refund", "42",    "done",
    };
    size_t end = b->len + len;
    while (b->len < end) {
        put(b, words[oat_run_below(&seed, sizeof words / sizeof *words)]);
        put(b, oat_run_below(&seed, 12) ? " " : ". ");
    }
}

static void put_random(struct oat_run_bytes *b, uint64_t seed, size_t len)
{
    uint8_t *at = extend(b, len);
    for (size_t i = 0; i < len; i++)
        at[i] = (uint8_t)oat_run_next(&seed);
}

static void put_message(struct oat_run_bytes *b, uint64_t conversation, uint64_t n)
{
    uint64_t seed = oat_run_mix(conversation * 1000 + n);
    putf(b, "%s{\"role\": \"%s\", \"content\": \"", n ? ", " : "", n % 2 ? "assistant" : "user");
    put_words(b, seed, seed % 7 == 0 ? 9000 : 20 + seed % 700);
    put(b, "\"}");
}

static void put_chat(struct oat_run_bytes *b, uint64_t seed)
{
    uint64_t conversation = seed / 64, turn = seed % 64;
    putf(b, "{\"model\": \"m-%u\", \"messages\": [", (unsigned)(conversation % 3));
    for (uint64_t n = 0; n <= turn; n++)
        put_message(b, conversation, n);
    putf(b, "], \"temperature\": 0.%u}", (unsigned)(seed % 10));
}

static void put_base64(struct oat_run_bytes *b, uint64_t seed, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t *at = extend(b, len);
    for (size_t i = 0; i < len; i++)
        at[i] = (uint8_t)digits[oat_run_below(&seed, 64)];
}

static void put_media(struct oat_run_bytes *b, uint64_t seed)
{
    size_t len = 1000 + seed % 40000;
    put(b, "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":"
           "\"data:image/png;base64,");
    put_base64(b, seed / 3, len);
    /* The padding is right, missing, or too much. */
    put(b, seed % 3 == 0 ? "" : len % 4 == 2 ? "==" : "=");
    put(b, "\"}}]}]}");
}

static void put_broken(struct oat_run_bytes *b, uint64_t seed)
{
    put_chat(b, seed / 4 % 640);
    size_t at = (size_t)(oat_run_mix(seed) % b->len);
    if (seed % 2)
        b->len = at;
    else
        b->bytes[at] = (uint8_t) "\"{[\\\0x"[seed / 2 % 6];
}

void oat_run_payload(enum oat_run_payload_kind kind, uint64_t seed, struct oat_run_bytes *ret)
{
    struct oat_run_bytes *b = ret;
    uint64_t mixed = oat_run_mix(seed);
    extend(b, 64);
    b->len = 0;
    switch (kind) {
    case OAT_RUN_TINY:
        put_random(b, seed, mixed % 41);
        break;
    case OAT_RUN_TEXT:
        put_words(b, seed, mixed % 3000);
        break;
    case OAT_RUN_LARGE:
        put_words(b, seed, 20000 + mixed % 280000);
        break;
    case OAT_RUN_CHAT:
        put_chat(b, seed);
        break;
    case OAT_RUN_MEDIA:
        put_media(b, seed);
        break;
    case OAT_RUN_RANDOM:
        put_random(b, seed, mixed % 100000);
        break;
    case OAT_RUN_ZEROS:
        memset(extend(b, mixed % 500000), (int)(seed % 256), mixed % 500000);
        break;
    case OAT_RUN_BROKEN:
    default:
        put_broken(b, seed);
        break;
    }
}

void oat_run_bytes_free(struct oat_run_bytes *bytes)
{
    free(bytes->bytes);
    memset(bytes, 0, sizeof *bytes);
}

const char *oat_run_payload_media(enum oat_run_payload_kind kind, uint64_t seed)
{
    switch (kind) {
    case OAT_RUN_CHAT:
    case OAT_RUN_MEDIA:
    case OAT_RUN_BROKEN:
        return seed % 5 ? "application/json" : NULL;
    case OAT_RUN_TEXT:
        return seed % 2 ? "text/plain" : "text/markdown";
    case OAT_RUN_TINY:
    case OAT_RUN_LARGE:
    case OAT_RUN_ZEROS:
    case OAT_RUN_RANDOM:
    case OAT_RUN_PAYLOAD_KINDS:
    default:
        return seed % 4 ? "application/octet-stream" : seed % 8 ? "image/png" : "application/x-of-nobody";
    }
}
