/* Starting and ending spans. */
#include "writer/span.h"

#include "format/names.h"
#include "writer/append.h"
#include "writer/inherit.h"
#include "writer/payload_copy.h"
#include "writer/sampling.h"
#include "writer/span_handle.h"
#include "writer/span_note.h"
#include "writer/span_record.h"
#include "writer/text.h"
#include "writer/thread.h"
#include "writer/writer.h"

#include <stdlib.h>
#include <string.h>

/* ---- Starting ---- */

/* Of the record's texts: prompt name and version. */
#define PROMPT_WORD (OAT_TEXT_PROMPT_NAME / 2)

typedef struct start_job {
    oat_span *span;
    const char *name;
    size_t name_len;
    const oat_name_cached *known; /* the name, if it was met before; else NULL */
    bool name_ends;               /* at a NUL */
    bool was_held;                /* by sampling: the record goes on from what it is */
    const oat_span *parent;       /* a running span of this writer, to inherit from; may be NULL */
} start_job;

static int default_refs(oat_thread *thread, oat_pair *pair)
{
    const oat_config *config = &thread->writer->tracer->config;
    uint32_t service = 0, environment = 0;
    int st = OAT_OK;
    if (config->service)
        st = oat_text_ref(thread, pair, config->service, strlen(config->service), &service);
    if (st == OAT_OK && config->environment)
        st = oat_text_ref(thread, pair, config->environment, strlen(config->environment), &environment);
    if (st != OAT_OK)
        return st;
    thread->default_service = service;
    thread->default_environment = environment;
    thread->defaults_serial = pair->serial;
    return OAT_OK;
}

/* What a span takes over from its parent: session, user, prompt name and version. */
static int inherit_words(oat_thread *thread, oat_pair *pair, const oat_span *parent,
                         uint64_t words[OAT_RECORD_TEXT_WORDS])
{
    const unsigned who = OAT_TEXT_SESSION / 2, prompt = PROMPT_WORD;
    oat_pair *home;
    uint32_t version;
    /* Another thread may be using the parent: words and home must be of one moment. */
    do {
        version = atomic_load_explicit(&parent->version, memory_order_acquire);
        words[who] = oat_record_text_word(&parent->record, who);
        words[prompt] = oat_record_text_word(&parent->record, prompt);
        home = atomic_load_explicit(&parent->home, memory_order_acquire);
    } while (version % 2 != 0 || atomic_load_explicit(&parent->version, memory_order_acquire) != version);
    if (__builtin_expect(home == pair, 1))
        return OAT_OK;
    return oat_inherit_move(thread, pair, parent, home, &words[who], &words[prompt]);
}

static int name_ref(oat_thread *thread, oat_pair *pair, const start_job *job, uint32_t *ret)
{
    if (__builtin_expect(job->known && job->known->pair_serial == pair->serial, 1)) {
        *ret = job->known->ref;
        return OAT_OK;
    }
    int st = oat_text_ref(thread, pair, job->name, job->name_len, ret);
    if (st == OAT_OK && job->name_ends)
        oat_name_keep(thread, pair, job->name, job->name_len, *ret);
    return st;
}

/* Whoever sees the count sees the span. */
static void count_started(oat_thread *thread)
{
    _Atomic uint64_t *count = &thread->counters[OAT_COUNTER_STARTED];
    atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + 1, memory_order_release);
}

static int start_append(oat_thread *thread, oat_pair *pair, void *arg)
{
    start_job *job = arg;
    uint64_t words[OAT_RECORD_TEXT_WORDS] = {0};
    uint32_t name;
    int st = OAT_OK;

    if (__builtin_expect(thread->defaults_serial != pair->serial, 0))
        st = default_refs(thread, pair);
    if (st == OAT_OK)
        st = name_ref(thread, pair, job, &name);
    if (st == OAT_OK && job->parent)
        st = inherit_words(thread, pair, job->parent, words);
    if (st != OAT_OK)
        return st;
    words[0] = oat_record_two(name, thread->default_service);
    words[1] = oat_record_two(thread->default_environment, 0);
    enum oat_life life = OAT_LIFE_RUNNING;
    if (__builtin_expect(job->was_held, 0)) {
        if (atomic_load_explicit(&job->span->life, memory_order_relaxed) != OAT_LIFE_RUNNING)
            life = OAT_LIFE_LATE;
        words[PROMPT_WORD] = oat_record_text_word(&job->span->record, PROMPT_WORD);
        oat_record_step(job->span);
    }
    oat_record_set_text_words(&job->span->record, words);
    /* Visible before the pair can be let go: a running span keeps its home open. Counted behind that
     * and before the flusher is nudged, which sleeps when it has seen all that was counted. */
    oat_record_publish(job->span, pair, life);
    count_started(thread);
    return OAT_OK;
}

/* Where a parent that is known by its context only was started. */
static uint32_t parent_flag(const oat_thread *thread, const oat_span_context *parent)
{
    bool elsewhere = parent->remote || (parent->writer != 0 && parent->writer != thread->writer->mark);
    return elsewhere ? OAT_SPAN_PARENT_REMOTE : OAT_SPAN_PARENT_LOCAL;
}

/* Ids of a new span (trace id in two words, span id, parent id, as bytes) and its parent flag. An id
 * of all zeros stands for none. */
static inline uint32_t place(oat_thread *thread, const oat_span_options *options, const oat_span *local,
                             const oat_span_context *given, uint64_t words[4])
{
    uint64_t *trace = words, *span = words + 2, *parent_id = words + 3;

    *span = 0;
    if (options && options->span_id)
        memcpy(span, options->span_id, sizeof *span);
    if (*span == 0)
        *span = oat_random_id(&thread->random);
    if (local) {
        oat_record_place(&local->record, trace, parent_id);
        uint32_t flags = oat_record_get32(&local->record, offsetof(struct oat_disk_span, flags));
        return OAT_SPAN_PARENT_LOCAL | (flags & OAT_SPAN_HAS_PROMPT_VERSION);
    }
    *parent_id = trace[0] = trace[1] = 0;
    if (given)
        memcpy(trace, given->trace_id, 16);
    if (trace[0] | trace[1]) {
        memcpy(parent_id, given->span_id, 8);
        return *parent_id ? parent_flag(thread, given) : 0;
    }
    if (options && options->trace_id)
        memcpy(trace, options->trace_id, 16);
    if ((trace[0] | trace[1]) == 0) {
        trace[0] = oat_random_next(&thread->random);
        trace[1] = oat_random_id(&thread->random);
    }
    return 0;
}

static bool context_is_set(const oat_span_context *context)
{
    static const oat_span_context none;
    return memcmp(context->trace_id, none.trace_id, sizeof none.trace_id) != 0;
}

static inline void set_start(oat_thread *thread, oat_span *span, const oat_span *local,
                             const oat_span_context *given, const oat_span_options *options,
                             uint64_t now_boot_ns, uint64_t *ret_start_ns, uint32_t *flags)
{
    atomic_store_explicit(&span->start_boot_ns, now_boot_ns, memory_order_relaxed);
    span->anchor_ns = local ? local->anchor_ns
                      : given && given->anchor_ns
                          ? given->anchor_ns
                          : atomic_load_explicit(&thread->writer->anchor_ns, memory_order_relaxed);
    *ret_start_ns = now_boot_ns + (uint64_t)span->anchor_ns;
    span->start_given = options && (options->start_ns != 0 || options->start_is_zero);
    if (!span->start_given)
        return;
    *ret_start_ns = options->start_ns;
    if (options->synthetic_time)
        *flags |= OAT_SPAN_SYNTHETIC_TIME;
    if (options->start_ns > OAT_TIME_MAX) {
        *ret_start_ns = OAT_TIME_MAX;
        *flags |= OAT_SPAN_CLAMPED_TIME;
        oat_span_note_number(thread, span, "oat.start_given", options->start_ns);
    }
}

/* The running span of this writer that a new one is a child of, or NULL: then *ret_given, if set, names
 * the place. elsewhere: room for that. */
static inline const oat_span *find_parent(oat_thread *thread, const oat_span_options *options,
                                          const oat_span_context **ret_given, oat_span_context *elsewhere)
{
    const oat_span *named = options ? options->parent_span : NULL;
    if (named && named->writer == thread->writer)
        return named;
    if (named) {
        /* From before a fork, or of another tracer. */
        *elsewhere = oat_span_get_context(named);
        *ret_given = elsewhere;
        return NULL;
    }
    if (options && options->parent) {
        *ret_given = options->parent;
        return NULL;
    }
    if (options && options->new_trace)
        return NULL;
    const oat_span *current = oat_span_newest(thread);
    if (!current && context_is_set(&thread->inherited))
        *ret_given = &thread->inherited;
    return current;
}

/* Puts it into its trace, which may hold it back. Returns as oat_sampler_start. */
static __attribute__((noinline)) int start_sampled(oat_thread *thread, const start_job *job)
{
    start_job later = *job;
    oat_span *span = job->span;
    later.known = NULL;
    later.name_ends = false; /* its copy is no place to know it by */
    later.parent = NULL;
    later.was_held = true;
    const struct oat_held_append append = {
        .fn = start_append,
        .job = &later,
        .job_size = sizeof later,
        .bytes = {{offsetof(start_job, name), job->name_len}},
    };
    int st = oat_sampler_start(thread, span, job->parent, &append);
    if (st != OAT_OK)
        return st;
    /* What has a pair comes later; the version of a prompt is a number. */
    uint64_t words[OAT_RECORD_TEXT_WORDS] = {0};
    if (job->parent)
        words[PROMPT_WORD] = oat_record_text_word(&job->parent->record, PROMPT_WORD) & ~(uint64_t)UINT32_MAX;
    oat_record_set_text_words(&span->record, words);
    span->held_texts = 0;
    oat_record_publish(span, NULL, OAT_LIFE_RUNNING);
    return OAT_OK;
}

/* Inlined twice: most spans have no options. */
static inline __attribute__((always_inline)) oat_span *
start(oat_thread *thread, enum oat_span_type type, const char *name, const oat_span_options *options)
{
    uint64_t now_boot_ns = oat_tick_clock_ns(&thread->clock);
    const oat_span_context *given = NULL;
    oat_span_context elsewhere;
    const oat_span *local = find_parent(thread, options, &given, &elsewhere);
    char shortened[OAT_TEXT_MAX];
    uint64_t words[4];
    uint64_t start_ns;

    oat_span *span = oat_span_take(thread);
    if (!span) {
        oat_count_drop(thread, OAT_E_NOMEM);
        return NULL;
    }
    uint32_t flags = place(thread, options, local, given, words);
    set_start(thread, span, local, given, options, now_boot_ns, &start_ns, &flags);

    const char *version = thread->writer->tracer->config.service_version;
    if (__builtin_expect(version != NULL, 0) && !local)
        oat_span_note(thread, span, "oat.service_version", version, strlen(version));
    start_job job = {.span = span, .name = name ? name : "", .parent = local};
    job.name_ends = !(name && options && options->name_len && options->name_len != OAT_NUL);
    job.known = job.name_ends ? oat_name_find(thread, job.name) : NULL;
    job.name_len = !job.name_ends ? options->name_len : job.known ? job.known->len : strlen(job.name);
    if (__builtin_expect(job.name_len > OAT_TEXT_MAX, 0)) {
        oat_span_note(thread, span, "oat.name", job.name, job.name_len);
        job.name_len = oat_text_shorten(job.name, job.name_len, shortened);
        job.name = shortened;
        job.name_ends = false;
    }
    bool known_type = type >= OAT_AGENT && type <= OAT_FILE_IO;
    oat_record_begin(span, words, start_ns, known_type ? type : OAT_CHAIN, flags);
    int st = local && local->attrs.count > 0 ? oat_attr_buffer_inherit(&span->attrs, &local->attrs) : OAT_OK;
    if (st == OAT_OK) {
        st =
            __builtin_expect(thread->writer->sampler != NULL, 0) ? start_sampled(thread, &job) : OAT_NOTFOUND;
        if (st == OAT_NOTFOUND)
            st = oat_append(thread, start_append, &job);
    }
    if (st != OAT_OK) {
        oat_count_drop(thread, st);
        if (span->trace)
            oat_sampler_cancel(thread, span);
        oat_span_give_back(thread, span);
        return NULL;
    }
    if (!(options && options->detached)) {
        span->prev = thread->current;
        span->on_stack = true;
        thread->current = span;
    }
    return span;
}

oat_span *oat_span_start(oat_tracer *tracer, enum oat_span_type type, const char *name)
{
    oat_thread *thread = oat_enter(tracer);
    if (!thread)
        return NULL;
    oat_span *span = start(thread, type, name, NULL);
    oat_leave(thread);
    return span;
}

oat_span *oat_span_start_with(oat_tracer *tracer, enum oat_span_type type, const char *name,
                              const oat_span_options *options)
{
    oat_thread *thread = oat_enter(tracer);
    if (!thread)
        return NULL;
    oat_span *span = start(thread, type, name, options);
    oat_leave(thread);
    return span;
}

/* ---- Ending ---- */

/* Brings the span's references into the pair of the append under way. */
int oat_span_rehome(oat_thread *thread, oat_pair *pair, oat_span *span)
{
    oat_pair *home = atomic_load_explicit(&span->home, memory_order_relaxed);
    if (home == pair)
        return OAT_OK;
    struct oat_disk_span moved = span->record;
    int st = oat_record_move(thread, home, pair, &moved);
    if (st != OAT_OK)
        return st;
    oat_record_replace(span, &moved, pair);
    return OAT_OK;
}

typedef struct end_job {
    oat_span *span;
    const uint8_t *attrs;
    size_t attrs_len;
} end_job;

static int end_append(oat_thread *thread, oat_pair *pair, void *arg)
{
    end_job *job = arg;
    struct oat_disk_span *record = &job->span->record;
    int st = OAT_OK;
    if (__builtin_expect(atomic_load_explicit(&job->span->home, memory_order_relaxed) != pair, 0))
        st = oat_span_rehome(thread, pair, job->span);
    if (st == OAT_OK && job->attrs)
        st = oat_append_payload_or_lost(thread, pair, job->attrs, job->attrs_len, OAT_MEDIA_ATTRS,
                                        &record->attributes);
    if (st != OAT_OK)
        return st;
    return oat_append_slot(thread, pair, (const uint8_t *)record, OAT_SLOT_SPAN, NULL);
}

/* Sets the duration from an end time; an end before the start becomes the start, flagged. */
static void set_end(oat_thread *thread, oat_span *span, bool given, uint64_t end_ns)
{
    struct oat_disk_span *record = &span->record;
    uint64_t start_ns = oat_le64_get(record->start_ns);
    uint64_t now_boot_ns = given ? 0 : oat_tick_clock_ns(&thread->clock);
    uint64_t duration_ns;

    if (!given && !span->start_given) {
        /* Clocks of two threads may differ by what a reading takes. */
        uint64_t start_boot_ns = atomic_load_explicit(&span->start_boot_ns, memory_order_relaxed);
        duration_ns = now_boot_ns > start_boot_ns ? now_boot_ns - start_boot_ns : 0;
    } else {
        if (!given)
            end_ns = now_boot_ns + (uint64_t)span->anchor_ns;
        bool wrong = end_ns < start_ns || end_ns > OAT_TIME_MAX;
        duration_ns = end_ns < start_ns ? 0 : (wrong ? OAT_TIME_MAX : end_ns) - start_ns;
        if (wrong)
            oat_record_add_flags(record, OAT_SPAN_CLAMPED_TIME);
    }
    oat_record_end(record, duration_ns);
}

/* True: its trace has it, or it was let go. */
static __attribute__((noinline)) bool end_sampled(oat_thread *thread, const end_job *job)
{
    const struct oat_held_append append = {
        .fn = end_append,
        .job = job,
        .job_size = sizeof *job,
        .bytes = {{offsetof(end_job, attrs), job->attrs_len}},
    };
    return oat_sampler_end(thread, job->span, &append);
}

static void end(oat_span *span, bool given, uint64_t end_ns)
{
    oat_thread *thread = oat_enter_span(span);
    if (!thread)
        return;
    end_job job = {.span = span};
    uint8_t *attrs = NULL;
    set_end(thread, span, given, end_ns);
    if (__builtin_expect(oat_record_lacks_cost(&span->record), 0))
        oat_span_compute_cost(thread, span);
    int st = OAT_OK;
    if (span->attrs.count > 0) {
        st = oat_attr_buffer_encode(&span->attrs, &attrs, &job.attrs_len);
        job.attrs = attrs;
    }
    if (__builtin_expect(span->trace != NULL, 0) && end_sampled(thread, &job)) {
        free(attrs);
        oat_leave(thread);
        return;
    }
    if (st == OAT_OK)
        st = oat_append(thread, end_append, &job);
    free(attrs);
    if (st == OAT_OK)
        oat_count_add(thread, OAT_COUNTER_SPANS, 1);
    else
        oat_count_drop(thread, st);
    atomic_store_explicit(&span->life, OAT_LIFE_NONE, memory_order_release);
    oat_span_give_back(thread, span);
    oat_leave(thread);
}

void oat_span_end(oat_span *span)
{
    end(span, false, 0);
}

void oat_span_end_at(oat_span *span, uint64_t end_ns)
{
    end(span, true, end_ns);
}

oat_span_context oat_span_get_context(const oat_span *span)
{
    oat_span_context context = {0};
    if (span) {
        memcpy(context.trace_id, span->record.trace_id, sizeof context.trace_id);
        memcpy(context.span_id, span->record.span_id, sizeof context.span_id);
        context.trace_flags = !span->held; /* sampled */
        context.anchor_ns = span->anchor_ns;
        context.writer = span->writer->mark;
    }
    return context;
}

oat_span *oat_span_current(oat_tracer *tracer)
{
    oat_thread *thread = oat_enter(tracer);
    if (!thread)
        return NULL;
    oat_span *span = oat_span_newest(thread);
    oat_leave(thread);
    return span;
}
