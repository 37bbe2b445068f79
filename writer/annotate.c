/* Events, links, scores and tombstones: slots of their own, in the files when the call returns. */
#include "format/attrs.h"
#include "format/ids.h"
#include "format/names.h"
#include "redact/value.h"
#include "writer/append.h"
#include "writer/sampling.h"
#include "writer/span_record.h"
#include "writer/text.h"
#include "writer/thread.h"
#include "writer/writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct note_text {
    const char *text; /* NULL: none */
    size_t len;
    size_t offset; /* of the string reference in the slot */
} note_text;

/* One slot to append, with texts and attributes that become references in it. */
typedef struct note_job {
    uint8_t slot[OAT_SLOT_SIZE];
    enum oat_slot_kind kind;
    note_text texts[4];
    size_t text_count;
    uint8_t *attrs; /* encoded; NULL: none */
    size_t attrs_len;
    size_t attrs_offset;
} note_job;

static int note_append(oat_thread *thread, oat_pair *pair, void *arg)
{
    note_job *job = arg;
    for (size_t i = 0; i < job->text_count; i++) {
        uint32_t ref;
        if (!job->texts[i].text)
            continue;
        int st = oat_text_ref(thread, pair, job->texts[i].text, job->texts[i].len, &ref);
        if (st != OAT_OK)
            return st;
        oat_string_ref ref_le = oat_le32_of(ref);
        memcpy(job->slot + job->texts[i].offset, &ref_le, sizeof ref_le);
    }
    if (job->attrs) {
        struct oat_disk_blob_ref ref;
        int st = oat_append_payload_or_lost(thread, pair, job->attrs, job->attrs_len, OAT_MEDIA_ATTRS, &ref);
        if (st != OAT_OK)
            return st;
        memcpy(job->slot + job->attrs_offset, &ref, sizeof ref);
    }
    return oat_append_slot(thread, pair, job->slot, job->kind, NULL);
}

static void add_text(note_job *job, const char *text, size_t len, size_t offset)
{
    job->texts[job->text_count].text = text;
    job->texts[job->text_count].len = !text ? 0 : len == OAT_NUL ? strlen(text) : len;
    job->texts[job->text_count++].offset = offset;
}

/* Attributes are a map without its type byte. */
static int encode_attrs(note_job *job, const oat_attr *attrs, size_t count, size_t offset)
{
    oat_value map = {.type = OAT_VALUE_MAP, .len = count, .u.map = attrs};
    size_t size = count <= OAT_ATTRS_MAX ? oat_value_encoded_size(&map) : 0;
    if (size == 0)
        return OAT_E_LIMIT;
    uint8_t *bytes = malloc(size);
    if (!bytes)
        return OAT_E_NOMEM;
    oat_value_encode(bytes, &map);
    memmove(bytes, bytes + 1, size - 1);
    job->attrs = bytes;
    job->attrs_len = size - 1;
    job->attrs_offset = offset;
    return OAT_OK;
}

/* Adds them without the secrets in them. */
static int add_attrs(oat_thread *thread, note_job *job, const oat_attr *attrs, size_t count, size_t offset)
{
    struct oat_redact_scratch scratch = {&thread->writer->tracer->redaction, &thread->redact_ids, NULL};
    if (count == 0)
        return OAT_OK;
    int st = oat_redact_any(scratch.rules) && count <= OAT_ATTRS_MAX
                 ? oat_redact_attrs(&scratch, &attrs, count)
                 : OAT_OK;
    if (st == OAT_OK)
        st = encode_attrs(job, attrs, count, offset);
    oat_redact_scratch_free(&scratch);
    return st;
}

/* For a note of a span that is held back by sampling. */
static __attribute__((noinline)) int hold(oat_thread *thread, oat_span *span, const note_job *job)
{
    struct oat_held_append append = {.fn = note_append, .job = job, .job_size = sizeof *job};
    for (size_t i = 0; i < job->text_count; i++) {
        append.bytes[i].pointer =
            offsetof(note_job, texts) + i * sizeof job->texts[0] + offsetof(note_text, text);
        append.bytes[i].len = job->texts[i].len;
    }
    append.bytes[job->text_count].pointer = offsetof(note_job, attrs);
    append.bytes[job->text_count].len = job->attrs_len;
    return oat_sampler_hold(thread, span, &append);
}

/* Appends; frees the job's attributes. A failure is counted. span: NULL when it is of none that runs. */
static int append(oat_thread *thread, oat_span *span, note_job *job)
{
    int st = span && span->held ? hold(thread, span, job) : OAT_NOTFOUND;
    if (st == OAT_NOTFOUND)
        st = oat_append(thread, note_append, job);
    free(job->attrs);
    if (st != OAT_OK)
        oat_count_drop(thread, st);
    return st;
}

static uint64_t wall_ns(oat_thread *thread)
{
    return oat_tick_clock_ns(&thread->clock) + (uint64_t)atomic_load(&thread->writer->anchor_ns);
}

static oat_le64 id_or_random(oat_thread *thread, uint64_t id)
{
    return oat_le64_of(id ? id : oat_random_id(&thread->random));
}

static uint64_t clamp_time(uint64_t time_ns)
{
    return time_ns > OAT_TIME_MAX ? OAT_TIME_MAX : time_ns;
}

void oat_span_add_event(oat_span *span, const oat_event *event)
{
    oat_thread *thread = event && event->name ? oat_enter_span(span) : NULL;
    if (!thread)
        return;
    note_job job = {.kind = OAT_SLOT_EVENT};
    struct oat_disk_event *slot = (struct oat_disk_event *)job.slot;
    uint64_t now_ns = oat_tick_clock_ns(&thread->clock) + (uint64_t)span->anchor_ns;
    slot->id = id_or_random(thread, event->id);
    memcpy(slot->trace_id, span->record.trace_id, sizeof slot->trace_id);
    memcpy(slot->span_id, span->record.span_id, sizeof slot->span_id);
    slot->span_start_ns = span->record.start_ns;
    slot->time_ns = oat_le64_of(clamp_time(event->time_ns ? event->time_ns : now_ns));
    add_text(&job, event->name, event->name_len, offsetof(struct oat_disk_event, name));
    int st =
        add_attrs(thread, &job, event->attrs, event->attr_count, offsetof(struct oat_disk_event, attributes));
    if (st != OAT_OK)
        oat_count_drop(thread, st);
    append(thread, span, &job);
    oat_leave(thread);
}

void oat_span_add_link(oat_span *span, const oat_link *link)
{
    oat_thread *thread = link ? oat_enter_span(span) : NULL;
    if (!thread)
        return;
    note_job job = {.kind = OAT_SLOT_LINK};
    struct oat_disk_link *slot = (struct oat_disk_link *)job.slot;
    slot->id = id_or_random(thread, link->id);
    memcpy(slot->trace_id, span->record.trace_id, sizeof slot->trace_id);
    memcpy(slot->span_id, span->record.span_id, sizeof slot->span_id);
    slot->span_start_ns = span->record.start_ns;
    memcpy(slot->target_trace_id, link->target.trace_id, sizeof slot->target_trace_id);
    memcpy(slot->target_span_id, link->target.span_id, sizeof slot->target_span_id);
    slot->trace_flags = link->target.trace_flags;
    slot->remote = link->target.remote;
    add_text(&job, link->trace_state, OAT_NUL, offsetof(struct oat_disk_link, trace_state));
    int st =
        add_attrs(thread, &job, link->attrs, link->attr_count, offsetof(struct oat_disk_link, attributes));
    if (st != OAT_OK)
        oat_count_drop(thread, st);
    append(thread, span, &job);
    oat_leave(thread);
}

int oat_score_add(oat_tracer *tracer, const oat_score *score)
{
    if (!score || !score->name || oat_id_is_zero(score->trace_id, sizeof score->trace_id))
        return OAT_E_INVALID;
    oat_thread *thread = oat_enter(tracer);
    if (!thread)
        return OAT_E_CLOSED;
    note_job job = {.kind = OAT_SLOT_SCORE};
    struct oat_disk_score *slot = (struct oat_disk_score *)job.slot;
    uint64_t bits;
    slot->id = id_or_random(thread, score->id);
    memcpy(slot->trace_id, score->trace_id, sizeof slot->trace_id);
    memcpy(slot->span_id, score->span_id, sizeof slot->span_id);
    slot->target_start_ns = oat_le64_of(clamp_time(score->target_start_ns));
    slot->time_ns = oat_le64_of(clamp_time(score->time_ns ? score->time_ns : wall_ns(thread)));
    slot->has_value = score->has_value && isfinite(score->value);
    memcpy(&bits, &score->value, sizeof bits);
    slot->value = oat_le64_of(slot->has_value ? bits : 0);
    add_text(&job, score->name, OAT_NUL, offsetof(struct oat_disk_score, name));
    add_text(&job, score->label, OAT_NUL, offsetof(struct oat_disk_score, label));
    add_text(&job, score->comment, OAT_NUL, offsetof(struct oat_disk_score, comment));
    add_text(&job, score->source, OAT_NUL, offsetof(struct oat_disk_score, source));
    int st = append(thread, NULL, &job);
    oat_leave(thread);
    return st;
}

int oat_trace_delete(oat_tracer *tracer, const uint8_t trace_id[16], const char *reason)
{
    if (!trace_id || oat_id_is_zero(trace_id, 16))
        return OAT_E_INVALID;
    oat_thread *thread = oat_enter(tracer);
    if (!thread)
        return OAT_E_CLOSED;
    note_job job = {.kind = OAT_SLOT_TOMBSTONE};
    struct oat_disk_tombstone *slot = (struct oat_disk_tombstone *)job.slot;
    slot->id = id_or_random(thread, 0);
    memcpy(slot->trace_id, trace_id, sizeof slot->trace_id);
    slot->time_ns = oat_le64_of(wall_ns(thread));
    add_text(&job, reason, OAT_NUL, offsetof(struct oat_disk_tombstone, reason));
    int st = append(thread, NULL, &job);
    oat_leave(thread);
    return st;
}
