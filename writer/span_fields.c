/* Setters of a running span: numbers go into its record, texts and payloads into the pair. */
#include "format/ids.h"
#include "format/names.h"
#include "format/utf8.h"
#include "media/lift.h"
#include "redact/redact.h"
#include "writer/append.h"
#include "writer/sampling.h"
#include "writer/span.h"
#include "writer/span_media.h"
#include "writer/span_note.h"
#include "writer/span_record.h"
#include "writer/text.h"
#include "writer/thread.h"
#include "writer/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTE_KEY_SIZE 48 /* "oat." and the name of a field */

/* ---- Texts ---- */

typedef struct text_job {
    oat_span *span;
    enum oat_text_field field;
    const char *text;
    size_t len;
} text_job;

static int text_append(oat_thread *thread, oat_pair *pair, void *arg)
{
    text_job *job = arg;
    uint32_t ref = 0;
    int st = oat_span_rehome(thread, pair, job->span);
    if (st == OAT_OK && job->text)
        st = oat_text_ref(thread, pair, job->text, job->len, &ref);
    if (st == OAT_OK)
        oat_record_put32(&job->span->record, OAT_TEXT_OFFSET(job->field), ref);
    return st;
}

/* For a span that is held back by sampling. */
static __attribute__((noinline)) int hold_text(oat_thread *thread, const text_job *job)
{
    const struct oat_held_append append = {
        .fn = text_append,
        .job = job,
        .job_size = sizeof *job,
        .bytes = {{offsetof(text_job, text), job->len}},
        .inherited = job->field == OAT_TEXT_SESSION || job->field == OAT_TEXT_USER ||
                     job->field == OAT_TEXT_PROMPT_NAME,
    };
    uint16_t bit = (uint16_t)(1u << job->field);
    job->span->held_texts =
        (uint16_t)(job->text ? job->span->held_texts | bit : job->span->held_texts & ~bit);
    return oat_sampler_hold(thread, job->span, &append);
}

static int append_text(oat_thread *thread, text_job *job)
{
    int st = __builtin_expect(job->span->held, 0) ? hold_text(thread, job) : OAT_NOTFOUND;
    return st == OAT_NOTFOUND ? oat_append(thread, text_append, job) : st;
}

/* The attribute that has the whole of a long text. */
static const char *text_note(char key[NOTE_KEY_SIZE], enum oat_text_field field)
{
    snprintf(key, NOTE_KEY_SIZE, "oat.%s", oat_text_field_name(field));
    return key;
}

static void forget_text_note(oat_span *span, enum oat_text_field field)
{
    char key[NOTE_KEY_SIZE];
    if (span->noted)
        oat_span_unnote(span, text_note(key, field));
}

static void put_text(oat_thread *thread, oat_span *span, enum oat_text_field field, const char *s, size_t len)
{
    char shortened[OAT_TEXT_MAX];
    text_job job = {.span = span, .field = field, .text = s, .len = len};
    oat_billed_note(&span->billed, field, s, len);
    if (len > OAT_TEXT_MAX) {
        char key[NOTE_KEY_SIZE];
        oat_span_note(thread, span, text_note(key, field), s, len);
        job.len = oat_text_shorten(s, len, shortened);
        job.text = shortened;
    } else {
        forget_text_note(span, field);
    }
    int st = append_text(thread, &job);
    if (st != OAT_OK)
        oat_count_drop(thread, st);
}

/* Messages of errors quote what they were given. */
static void set_text(oat_thread *thread, oat_span *span, enum oat_text_field field, const char *s, size_t len)
{
    const struct oat_redact_rules *rules = &thread->writer->tracer->redaction;
    uint8_t *redacted = NULL;
    size_t redacted_len;
    int st = field == OAT_TEXT_STATUS_MESSAGE
                 ? oat_redact(rules, (const uint8_t *)s, len, &thread->redact_ids, &redacted, &redacted_len)
                 : OAT_NOTFOUND;
    if (st == OAT_NOTFOUND)
        put_text(thread, span, field, s, len);
    else if (st == OAT_OK)
        put_text(thread, span, field, (const char *)redacted, redacted_len);
    else
        oat_count_drop(thread, st);
    if (st == OAT_OK)
        free(redacted);
}

void oat_span_set_text(oat_span *span, enum oat_text_field field, const char *s, size_t len)
{
    oat_thread *thread = field < OAT_TEXT_FIELDS ? oat_enter_span(span) : NULL;
    if (!thread)
        return;
    if (s) {
        set_text(thread, span, field, s, len == OAT_NUL ? strlen(s) : len);
    } else {
        forget_text_note(span, field);
        append_text(thread, &(text_job){.span = span, .field = field});
    }
    oat_leave(thread);
}

/* ---- Numbers ---- */

void oat_span_set_count(oat_span *span, enum oat_count_field field, uint64_t count)
{
    if (!span || field >= OAT_COUNT_FIELDS)
        return;
    uint32_t flags = OAT_SPAN_HAS_COUNT(field);
    if (count > OAT_COUNT_MAX) {
        count = OAT_COUNT_MAX;
        flags |= OAT_SPAN_SATURATED;
    }
    span->record.count[field] = oat_le32_of((uint32_t)count);
    oat_record_add_flags(&span->record, flags);
}

void oat_span_set_ttft_us(oat_span *span, uint64_t ttft_us)
{
    if (!span)
        return;
    uint32_t flags = OAT_SPAN_HAS_TTFT;
    if (ttft_us > OAT_COUNT_MAX) {
        ttft_us = OAT_COUNT_MAX;
        flags |= OAT_SPAN_SATURATED;
    }
    span->record.ttft_us = oat_le32_of((uint32_t)ttft_us);
    oat_record_add_flags(&span->record, flags);
}

void oat_span_set_cost(oat_span *span, int64_t total_nano, int64_t input_nano, int64_t output_nano,
                       enum oat_cost_source source)
{
    if (span)
        oat_record_set_cost(&span->record, total_nano, input_nano, output_nano, source);
}

void oat_span_set_otel_status(oat_span *span, enum oat_otel_status status)
{
    if (span && status <= OAT_OTEL_ERROR)
        __atomic_store_n(&span->record.otel_status, (uint8_t)status, __ATOMIC_RELEASE);
}

void oat_span_set_price_tier(oat_span *span, uint8_t tier)
{
    if (span)
        oat_record_set_price_tier(&span->record, tier);
}

void oat_span_set_prompt_version(oat_span *span, uint32_t version)
{
    if (!span)
        return;
    oat_record_put32(&span->record, offsetof(struct oat_disk_span, prompt_version), version);
    oat_record_add_flags(&span->record, OAT_SPAN_HAS_PROMPT_VERSION);
}

void oat_span_set_sample_rate(oat_span *span, double rate)
{
    if (!span || !(rate > 0) || rate > 1)
        return;
    uint32_t nano = (uint32_t)(rate * 1e9 + 0.5);
    span->record.sample_rate = oat_le32_of(nano ? nano : 1);
}

void oat_span_set_call_id(oat_span *span, const char *response_id, size_t len)
{
    if (!span || !response_id)
        return;
    uint64_t hash = oat_hash64(response_id, len == OAT_NUL ? strlen(response_id) : len, 0);
    span->record.call_id = oat_le64_of(hash ? hash : 1);
}

static void set_status(oat_span *span, enum oat_status status)
{
    if (status == OAT_STATUS_SUCCESS || status == OAT_STATUS_ERROR)
        __atomic_store_n(&span->record.status, (uint8_t)status, __ATOMIC_RELEASE);
}

void oat_span_set_status(oat_span *span, enum oat_status status, const char *message)
{
    oat_thread *thread = oat_enter_span(span);
    if (!thread)
        return;
    set_status(span, status);
    if (message)
        set_text(thread, span, OAT_TEXT_STATUS_MESSAGE, message, strlen(message));
    oat_leave(thread);
}

/* ---- Payloads ---- */

enum payload_slot { PAYLOAD_INPUT, PAYLOAD_OUTPUT, PAYLOAD_ERROR };

static const char *const payload_names[] = {"input", "output", "error"};

typedef struct payload_job {
    oat_span *span;
    enum payload_slot slot;
    const void *data;
    size_t len;
    uint8_t media;
    uint8_t flags;
} payload_job;

static int payload_append(oat_thread *thread, oat_pair *pair, void *arg)
{
    payload_job *job = arg;
    struct oat_disk_blob_ref ref;
    int st = oat_span_rehome(thread, pair, job->span);
    if (st == OAT_OK)
        st = oat_append_payload_or_lost(thread, pair, job->data, job->len, job->media, &ref);
    if (st != OAT_OK)
        return st;
    ref.flags |= job->flags;
    if (job->slot == PAYLOAD_INPUT)
        oat_record_set_input(job->span, &ref);
    else if (job->slot == PAYLOAD_OUTPUT)
        job->span->record.output = ref;
    else
        job->span->record.error = ref;
    return OAT_OK;
}

static __attribute__((noinline)) int hold_payload(oat_thread *thread, const payload_job *job)
{
    const struct oat_held_append append = {
        .fn = payload_append,
        .job = job,
        .job_size = sizeof *job,
        .bytes = {{offsetof(payload_job, data), job->len}},
    };
    return oat_sampler_hold(thread, job->span, &append);
}

static int append_payload(oat_thread *thread, payload_job *job)
{
    int st = __builtin_expect(job->span->held, 0) ? hold_payload(thread, job) : OAT_NOTFOUND;
    return st == OAT_NOTFOUND ? oat_append(thread, payload_append, job) : st;
}

static uint8_t guess_media(const uint8_t *data, size_t len)
{
    size_t i = 0;
    while (i < len && strchr(" \t\r\n", data[i]) && data[i])
        i++;
    if (i < len && (data[i] == '{' || data[i] == '['))
        return OAT_MEDIA_JSON;
    return oat_utf8_is_valid((const char *)data, len) ? OAT_MEDIA_TEXT : OAT_MEDIA_OCTETS;
}

/* What may be kept of a payload. An error is no input and no output, but it is as long. */
static uint64_t limit_of(const oat_config *config, enum payload_slot slot)
{
    if ((slot == PAYLOAD_INPUT && !config->capture_input) ||
        (slot == PAYLOAD_OUTPUT && !config->capture_output))
        return 0;
    return config->capture_max_bytes && config->capture_max_bytes < OAT_PAYLOAD_MAX
               ? config->capture_max_bytes
               : OAT_PAYLOAD_MAX;
}

/* The prefix of a payload that ends with a character, if it is text. */
static size_t prefix_of(const uint8_t *data, size_t most, uint8_t media)
{
    size_t len = most;
    for (unsigned i = 0; i < 4 && len > 0 && (data[len] & 0xc0) == 0x80; i++)
        len--;
    return media == OAT_MEDIA_TEXT || media == OAT_MEDIA_JSON ? len : most;
}

/* A payload over the limit: its prefix is kept, with the size and hash of the whole beside it. */
static void limit(oat_thread *thread, payload_job *job, uint64_t most)
{
    char key[NOTE_KEY_SIZE];
    char hex[33];
    oat_content_id id = oat_content_id_of(job->data, job->len, 0);
    oat_hex_print(id.b, sizeof id.b, hex);
    snprintf(key, sizeof key, "oat.%s_bytes", payload_names[job->slot]);
    oat_span_note_number(thread, job->span, key, job->len);
    snprintf(key, sizeof key, "oat.%s_hash", payload_names[job->slot]);
    oat_span_note(thread, job->span, key, hex, 32);
    job->len = prefix_of(job->data, most, job->media);
    job->flags |= OAT_REF_LIMITED;
    if (most == OAT_PAYLOAD_MAX)
        oat_count_add(thread, OAT_COUNTER_DROPS_LIMIT, 1);
}

/* What was noted about an earlier payload in its place. */
static void forget_payload_notes(oat_span *span, enum payload_slot slot)
{
    static const char *const endings[] = {".media_type", ".media", "_bytes", "_hash"};
    char key[NOTE_KEY_SIZE];
    for (unsigned i = 0; span->noted && i < sizeof endings / sizeof *endings; i++) {
        snprintf(key, sizeof key, "oat.%s%s", payload_names[slot], endings[i]);
        oat_span_unnote(span, key);
    }
}

static bool is_medium(uint8_t media, const char *media_type)
{
    if (media == OAT_MEDIA_OTHER)
        return strncmp(media_type, "image/", 6) == 0 || strncmp(media_type, "audio/", 6) == 0 ||
               strncmp(media_type, "video/", 6) == 0;
    return media >= OAT_MEDIA_PNG && media <= OAT_MEDIA_MP4;
}

/* Of what the payload is, or of what its text has in it. */
static void note_media(oat_thread *thread, const payload_job *job, bool is_medium)
{
    char key[NOTE_KEY_SIZE];
    snprintf(key, sizeof key, "oat.%s.media", payload_names[job->slot]);
    if (is_medium)
        oat_span_note_medium(thread, job->span, key, job->data, job->len);
    else
        oat_span_note_media_in(thread, job->span, key, job->data, job->len);
}

/* Takes secrets out of what a payload is. *ret is to be freed. OAT_E_NOMEM: it must not be stored. */
static int redact(oat_thread *thread, payload_job *job, uint8_t **ret)
{
    int st = oat_redact(&thread->writer->tracer->redaction, job->data, job->len, &thread->redact_ids, ret,
                        &job->len);
    *ret = st == OAT_OK ? *ret : NULL;
    if (st != OAT_OK)
        return st == OAT_NOTFOUND ? OAT_OK : st;
    job->data = *ret;
    job->flags |= OAT_REF_REDACTED;
    return OAT_OK;
}

static void set_payload(oat_thread *thread, oat_span *span, enum payload_slot slot, const void *data,
                        size_t len, const char *media_type)
{
    payload_job job = {.span = span, .slot = slot, .data = data, .len = len};
    uint8_t *redacted = NULL;
    forget_payload_notes(span, slot);
    job.media = media_type ? (uint8_t)oat_media_parse(media_type) : guess_media(data, len);
    if (job.media == OAT_MEDIA_OTHER) {
        char key[NOTE_KEY_SIZE];
        snprintf(key, sizeof key, "oat.%s.media_type", payload_names[slot]);
        oat_span_note(thread, span, key, media_type, strlen(media_type));
    }
    oat_count_add(thread, OAT_COUNTER_PAYLOADS, 1);
    oat_count_add(thread, OAT_COUNTER_PAYLOAD_BYTES, len);
    bool medium = is_medium(job.media, media_type);
    if (medium || (job.media == OAT_MEDIA_JSON && len >= OAT_MEDIA_MIN))
        note_media(thread, &job, medium);
    int st = medium || !oat_redact_any(&thread->writer->tracer->redaction) ? OAT_OK
                                                                           : redact(thread, &job, &redacted);
    uint64_t most = limit_of(&thread->writer->tracer->config, slot);
    if (st == OAT_OK && job.len > most)
        limit(thread, &job, most);
    if (st == OAT_OK)
        st = append_payload(thread, &job);
    if (st != OAT_OK)
        oat_count_drop(thread, st);
    free(redacted);
}

static void capture(oat_span *span, enum payload_slot slot, const void *data, size_t len,
                    const char *media_type)
{
    oat_thread *thread = oat_enter_span(span);
    if (!thread)
        return;
    if (!data)
        len = 0;
    else if (len == OAT_NUL)
        len = strlen(data);
    set_payload(thread, span, slot, data ? data : "", len, media_type);
    oat_leave(thread);
}

void oat_span_set_input(oat_span *span, const void *data, size_t len, const char *media_type)
{
    capture(span, PAYLOAD_INPUT, data, len, media_type);
}

void oat_span_set_output(oat_span *span, const void *data, size_t len, const char *media_type)
{
    capture(span, PAYLOAD_OUTPUT, data, len, media_type);
}

#define ERROR_SUMMARY_MAX 200u

/* The first line becomes the status message; secrets go before it is cut, which would hide what they are. */
static void summarise(oat_thread *thread, oat_span *span, const char *text, size_t len)
{
    const char *end = memchr(text, '\n', len);
    size_t line = end ? (size_t)(end - text) : len, cut;
    uint8_t *redacted = NULL;
    int st = oat_redact(&thread->writer->tracer->redaction, (const uint8_t *)text, line, &thread->redact_ids,
                        &redacted, &line);
    const char *from = st == OAT_OK ? (const char *)redacted : text;
    if (line > ERROR_SUMMARY_MAX) {
        for (cut = ERROR_SUMMARY_MAX; cut > 0 && ((unsigned char)from[cut] & 0xc0) == 0x80; cut--)
            continue;
        line = cut;
    }
    if (st == OAT_OK || st == OAT_NOTFOUND)
        set_text(thread, span, OAT_TEXT_STATUS_MESSAGE, from, line);
    if (st == OAT_OK)
        free(redacted);
}

void oat_span_set_error(oat_span *span, const char *text, size_t len)
{
    oat_thread *thread = oat_enter_span(span);
    if (!thread)
        return;
    set_status(span, OAT_STATUS_ERROR);
    if (text) {
        if (len == OAT_NUL)
            len = strlen(text);
        set_payload(thread, span, PAYLOAD_ERROR, text, len, "text/plain");
        if (!oat_span_has_text(span, OAT_TEXT_STATUS_MESSAGE))
            summarise(thread, span, text, len);
    }
    oat_leave(thread);
}
