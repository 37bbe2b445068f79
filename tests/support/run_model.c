#include "tests/support/run_model.h"

#include "format/hash.h"
#include "format/ids.h"
#include "format/limits.h"
#include "tests/support/run_model_secret.h"
#include "tests/support/run_payload.h"
#include "tests/support/run_random.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define MEMORY_MAX (UINT64_C(4) << 30)

struct oat_model *oat_model_new(uint64_t seed, enum oat_map_mode map)
{
    void *memory =
        mmap(NULL, MEMORY_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
    madvise(memory, MEMORY_MAX, MADV_DONTDUMP);
    struct oat_model *model = memory;
    model->memory = memory;
    model->memory_used = (sizeof *model + 63) / 64 * 64;
    model->masked_to = model->memory_used;
    model->seed = seed;
    model->map = map;
    model->any_times = seed % 5 == 4;
    model->begun_ns = (uint64_t)time(NULL) * 1000000000;
    model->announces = seed % 4 != 3;
    oat_run_dir_make(model->dir);
    return model;
}

void oat_model_free(struct oat_model *model)
{
    oat_run_view_close(&model->kept);
    oat_run_dir_remove(model->dir);
    munmap(model->memory, MEMORY_MAX);
}

void *oat_model_alloc(struct oat_model *model, size_t len)
{
    if (len > MEMORY_MAX - model->memory_used)
        abort();
    void *at = model->memory + model->memory_used;
    model->memory_used += (len + 15) / 16 * 16;
    return at;
}

void *oat_model_copy(struct oat_model *model, const void *bytes, size_t len)
{
    void *copy = oat_model_alloc(model, len + 1);
    if (len)
        memcpy(copy, bytes, len);
    return copy;
}

void oat_model_fail(struct oat_model *model, const char *format, ...)
{
    va_list args;
    if (model->failed)
        return;
    va_start(args, format);
    vsnprintf(model->why, sizeof model->why, format, args);
    va_end(args);
    model->failed = true;
}

int oat_model_writer_add(struct oat_model *model)
{
    if (model->writer_count == OAT_MODEL_WRITERS_MAX)
        abort();
    model->writers[model->writer_count].alive = true;
    return model->writer_count++;
}

uint64_t oat_model_id(struct oat_model *model)
{
    return oat_run_mix(model->seed * 1000000 + ++model->next_id) | 1;
}

/* ---- Spans ---- */

struct oat_model_span *oat_model_span_add(struct oat_model *model)
{
    if (model->span_count == OAT_MODEL_SPANS_MAX)
        abort();
    struct oat_model_span *span = oat_model_alloc(model, sizeof *span);
    model->spans[model->span_count++] = span;
    return span;
}

static const struct oat_model_value *push(struct oat_model *model, const struct oat_model_value *older,
                                          const void *bytes, size_t len)
{
    struct oat_model_value *value = oat_model_alloc(model, sizeof *value);
    *value = (struct oat_model_value){.bytes = bytes, .len = len, .older = older};
    return value;
}

void oat_model_set_text(struct oat_model *model, struct oat_model_span *span, enum oat_text_field field,
                        oat_text text)
{
    span->text[field] = push(model, span->text[field], text.bytes, text.len);
    span->want.text[field] = text;
}

void oat_model_set_input(struct oat_model *model, struct oat_model_span *span,
                         const struct oat_run_want_payload *payload)
{
    span->input = push(model, span->input, payload->bytes, payload->len);
    span->want.input = *payload;
}

static size_t find_attr(const struct oat_model_span *span, const char *key, size_t key_len)
{
    size_t i = 0;
    while (i < span->want.attr_count &&
           (span->attrs[i].key_len != key_len || memcmp(span->attrs[i].key, key, key_len) != 0))
        i++;
    return i;
}

void oat_model_set_attr(struct oat_model *model, struct oat_model_span *span, oat_text key,
                        const oat_value *value, bool inherited)
{
    size_t i = find_attr(span, key.bytes, key.len);
    if (i == span->attr_capacity) {
        size_t capacity = i ? i * 2 : 8;
        oat_attr *attrs = oat_model_alloc(model, capacity * sizeof *attrs);
        bool *flags = oat_model_alloc(model, capacity);
        if (i) {
            memcpy(attrs, span->attrs, i * sizeof *attrs);
            memcpy(flags, span->attr_inherited, i);
        }
        span->attrs = attrs;
        span->attr_inherited = flags;
        span->attr_capacity = capacity;
        span->want.attrs = attrs;
    }
    span->attrs[i] = (oat_attr){.key = key.bytes, .key_len = key.len, .value = *value};
    span->attr_inherited[i] = inherited;
    span->want.attr_count += i == span->want.attr_count;
}

void oat_model_remove_attr(struct oat_model_span *span, const char *key)
{
    size_t i = find_attr(span, key, strlen(key));
    if (i == span->want.attr_count)
        return;
    size_t last = --span->want.attr_count;
    span->attrs[i] = span->attrs[last];
    span->attr_inherited[i] = span->attr_inherited[last];
}

void oat_model_set_note(struct oat_model *model, struct oat_model_span *span, const char *key, oat_text text)
{
    oat_value value = {.type = OAT_VALUE_STRING, .len = text.len, .u.string = text.bytes};
    oat_text copy = {oat_model_copy(model, key, strlen(key)), strlen(key)};
    oat_model_set_attr(model, span, copy, &value, false);
}

void oat_model_add_note(struct oat_model *model, struct oat_run_want_note **notes, size_t *count,
                        const struct oat_run_want_note *note)
{
    struct oat_run_want_note *more = oat_model_alloc(model, (*count + 1) * sizeof *more);
    if (*count)
        memcpy(more, *notes, *count * sizeof *more);
    more[(*count)++] = *note;
    *notes = more;
}

bool oat_model_any_actor(const struct oat_model *model)
{
    bool any = false;
    for (int i = 0; i < OAT_MODEL_ACTORS; i++)
        any = any || model->actors[i].pid != 0;
    return any;
}

bool oat_model_is_deleted(const struct oat_model *model, const uint8_t trace_id[16])
{
    for (size_t i = 0; i < model->deleted_count; i++)
        if (memcmp(model->deleted[i], trace_id, 16) == 0)
            return true;
    return false;
}

/* ---- Values ---- */

#define TEXT_VARIANTS 17u

oat_text oat_model_text(struct oat_model *model, uint32_t which)
{
    static const char *const plain[] = {"alpha", "search_web", "own-model", "", "caf\u00e9 \u4f60\u597d",
                                        "x"};
    static const char odd[] = "nul\0 and \xff\xfe not UTF-8 \xc3";
    static const size_t lengths[] = {231, 232, 233, 1000, 4095, 4096, 4097, 4098, 9000};
    uint32_t variant = which % TEXT_VARIANTS;
    size_t plain_count = sizeof plain / sizeof *plain;
    if (variant < plain_count)
        return (oat_text){oat_model_copy(model, plain[variant], strlen(plain[variant])),
                          strlen(plain[variant])};
    if (variant == plain_count)
        return (oat_text){oat_model_copy(model, odd, sizeof odd - 1), sizeof odd - 1};
    if (variant == TEXT_VARIANTS - 1)
        return oat_model_secret_text(model, which / TEXT_VARIANTS);
    size_t len = lengths[variant - plain_count - 1];
    char *text = oat_model_alloc(model, len + 4);
    uint64_t seed = which % 64;
    for (size_t i = 0; i < len;) {
        const char *next = oat_run_below(&seed, 3) ? "\u4f60" : "ab";
        memcpy(text + i, next, strlen(next));
        i += strlen(next);
    }
    return (oat_text){text, len};
}

oat_text oat_model_shortened(struct oat_model *model, oat_text text)
{
    const size_t hash_len = 33; /* "#" and 32 digits */
    if (!text.bytes || text.len <= OAT_TEXT_MAX)
        return text;
    size_t len = OAT_TEXT_MAX - hash_len;
    while (len > 0 && ((unsigned char)text.bytes[len] & 0xc0) == 0x80)
        len--;
    char *kept = oat_model_copy(model, text.bytes, len + hash_len);
    oat_content_id id = oat_content_id_of(text.bytes, text.len, 0);
    kept[len] = '#';
    oat_hex_print(id.b, sizeof id.b, kept + len + 1);
    return (oat_text){kept, len + hash_len};
}

oat_value oat_model_value(struct oat_model *model, uint64_t which, unsigned depth)
{
    static const int64_t integers[] = {0, 1, -1, 63, 64, -65, INT64_MAX, INT64_MIN, 1000000};
    static const double reals[] = {0.0, -0.0, 0.1, 1e300, -2.5};
    uint64_t x = oat_run_mix(which);
    oat_value value = {.type = (enum oat_value_type)(x % 8)};
    if (depth > 3 && value.type >= OAT_VALUE_ARRAY)
        value.type = OAT_VALUE_NULL;
    x /= 8;
    if (value.type == OAT_VALUE_STRING || value.type == OAT_VALUE_BYTES) {
        oat_text text = oat_model_text(model, (uint32_t)x);
        value.len = text.len;
        value.u.string = text.bytes;
    } else if (value.type == OAT_VALUE_BOOL) {
        value.u.boolean = x % 2;
    } else if (value.type == OAT_VALUE_INT) {
        value.u.integer = integers[x % (sizeof integers / sizeof *integers)];
    } else if (value.type == OAT_VALUE_DOUBLE) {
        value.u.real = reals[x % (sizeof reals / sizeof *reals)];
    } else if (value.type == OAT_VALUE_ARRAY) {
        value.len = x % 4;
        oat_value *values = oat_model_alloc(model, value.len * sizeof *values);
        for (size_t i = 0; i < value.len; i++)
            values[i] = oat_model_value(model, which * 5 + i, depth + 1);
        value.u.array = values;
    } else if (value.type == OAT_VALUE_MAP) {
        value.len = x % 4;
        oat_attr *attrs = oat_model_alloc(model, value.len * sizeof *attrs);
        for (size_t i = 0; i < value.len; i++) {
            oat_text secret = oat_model_secret_text(model, (uint32_t)x);
            attrs[i].key = i == 2 ? secret.bytes : oat_model_copy(model, "key0", 4);
            attrs[i].key_len = i == 2 ? secret.len : 1 + i;
            attrs[i].value = oat_model_value(model, which * 7 + i, depth + 1);
        }
        value.u.map = attrs;
    }
    return value;
}
