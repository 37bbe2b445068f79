/* The structs the writer's parts share: tracer, writer, thread, span. Private to this room.
 *
 *   oat_tracer   what the user holds; survives fork()
 *   oat_writer   one process's writing: its id, pairs, flusher, threads. A forked child makes its own
 *   oat_thread   one thread's part of a writer: lane, spans, caches. Never freed while the writer
 *                lives; taken over by another thread when its own has ended
 *   oat_span     a running span; lives in a slab of the thread that started it */
#ifndef OAT_WRITER_CORE_H
#define OAT_WRITER_CORE_H

#include "format/random.h"
#include "oat/oat.h"
#include "redact/ids.h"
#include "redact/rules.h"
#include "writer/attr_buffer.h"
#include "writer/capture.h"
#include "writer/fork.h"
#include "writer/pair.h"
#include "writer/span_cost.h"
#include "writer/tick_clock.h"

#include <pthread.h>
#include <stdatomic.h>

/* TSan does not know membarrier(2): there the plain protocol with sequential consistency is used. */
#if defined(__SANITIZE_THREAD__)
#define OAT_USE_MEMBARRIER 0
#else
#define OAT_USE_MEMBARRIER 1
#endif

typedef struct oat_writer oat_writer;
typedef struct oat_thread oat_thread;

/* Appends to be made later, first to last (held.h). */
struct oat_held_appends {
    struct oat_held_call *first, *last;
    size_t bytes;
};

enum oat_life {
    OAT_LIFE_NONE = 0, /* ended, or free */
    OAT_LIFE_RUNNING = 1,
    OAT_LIFE_LATE = 2, /* ended; held back by sampling, and being written now */
};

/* Record words 1..13 (ids, times, type, flags, texts) and the input reference are also read by the
 * flusher, so they are stored with atomic instructions; the rest belongs to the thread that uses
 * the span. */
struct oat_span {
    _Alignas(64) struct oat_disk_span record;
    _Atomic uint32_t version; /* odd while the shared words change together */
    _Atomic uint8_t life;     /* enum oat_life */
    _Atomic(oat_pair *) home; /* the pair that the references in `record` mean */
    oat_pair *announced_in;   /* flusher only: where the newest OPEN is */
    uint8_t announced_id[8];  /* flusher only: of which span; the handle may be another by now */
    oat_writer *writer;
    oat_thread *owner;
    _Atomic uint64_t start_boot_ns;
    int64_t anchor_ns; /* wall minus boot, of its trace */
    bool start_given;
    oat_attr_buffer attrs;
    bool noted;     /* attrs has reserved ones that belong to a field */
    oat_span *prev; /* current before it, on its thread */
    bool on_stack;  /* in its owner's chain of current spans */
    oat_span *next_free;
    struct oat_billed billed;
    /* Where not all traces are kept (sampling.h). */
    struct oat_sampled_trace *trace; /* NULL: all are */
    bool held;                       /* nothing of it is in the files yet */
    uint16_t held_texts;             /* a bit each that was set meanwhile */
    struct oat_held_appends appends; /* that are held */
};

#define OAT_SLAB_SPANS 32u

typedef struct oat_span_slab {
    oat_span spans[OAT_SLAB_SPANS];
    struct oat_span_slab *next;
} oat_span_slab;

/* One way of the text cache: a text's id, the pair it was written to, the reference there. */
typedef struct oat_text_cached {
    oat_content_id id;
    uint64_t pair_serial;
    uint32_t ref;
} oat_text_cached;

#define OAT_TEXT_CACHE_SIZE 128u

/* One way of the name cache: the text that stood at an address, and its reference in a pair. Names
 * are mostly literals, so most are found without hashing them. */
typedef struct oat_name_cached {
    const char *at;
    uint64_t pair_serial;
    uint32_t ref;
    uint32_t len;
    char text[40]; /* with its NUL */
} oat_name_cached;

#define OAT_NAME_CACHE_SIZE 64u

/* Counters of one thread; written by it alone, read by anyone. */
enum oat_counter {
    OAT_COUNTER_SPANS,
    OAT_COUNTER_SLOTS,
    OAT_COUNTER_PAYLOADS,
    OAT_COUNTER_PAYLOAD_BYTES,
    OAT_COUNTER_CAPTURES,
    OAT_COUNTER_STARTED,
    OAT_COUNTER_DROPS_FULL,
    OAT_COUNTER_DROPS_IO,
    OAT_COUNTER_DROPS_MEMORY,
    OAT_COUNTER_DROPS_REENTRANT,
    OAT_COUNTER_DROPS_LIMIT,
    OAT_COUNTER_SAMPLED_OUT,
    OAT_COUNTERS,
};

struct oat_thread {
    oat_writer *writer;
    _Atomic(oat_pair *) inside;    /* the pair an append is under way on */
    _Atomic(oat_pair *) reading;   /* an older pair whose files must stay open for the moment */
    _Atomic(oat_pair *) lane_pair; /* stored by its thread alone */
    oat_lane lane;
    uint32_t lane_slots; /* asked for when it was taken */
    _Atomic bool busy;   /* a call is under way: a nested one comes from a signal handler */
    oat_span *current;
    oat_span_context inherited; /* in a forked child: where the parent's current span was */
    oat_span *free_spans;
    _Atomic(oat_span *) returned; /* ended by other threads */
    _Atomic(oat_span_slab *) slabs;
    oat_random random;
    oat_tick_clock clock;
    _Atomic(oat_capture *) capture; /* taken out while in use: the flusher trims an idle one */
    oat_blob_inflight inflight;
    uint64_t captures_seen; /* flusher only, as the next: to tell how long it is idle */
    uint64_t captures_seen_ns;
    uint64_t defaults_serial; /* pair that the two references below are for */
    uint32_t default_service;
    uint32_t default_environment;
    _Atomic uint64_t counters[OAT_COUNTERS];
    oat_text_cached texts[OAT_TEXT_CACHE_SIZE];
    oat_name_cached names[OAT_NAME_CACHE_SIZE];
    struct oat_billed_cached prices[OAT_BILLED_CACHE_SIZE];
    struct oat_redact_ids redact_ids;
    bool taken;       /* a thread uses it; under the writer's threads_lock */
    oat_thread *next; /* the list is push-only */
};

struct oat_writer {
    oat_tracer *tracer;
    oat_host host;
    uint64_t mark; /* tells this writer's span contexts from others' */
    int live_fd;
    struct oat_sampler *sampler; /* NULL: every trace is kept */
    _Atomic(oat_pair *) current; /* NULL: made at the next append */
    _Atomic(oat_pair *) pairs;   /* newest first; pushed under roll_lock, others go under both locks below */
    pthread_mutex_t pairs_lock;  /* of the links between them, and the next two */
    uint64_t forgotten_bytes, forgotten_dedup_bytes; /* of .blobs of those that went */
    pthread_mutex_t roll_lock;
    uint32_t next_seq;
    uint64_t retry_boot_ns; /* making files failed: not before this time again; else 0 */
    int retry_result;       /* this and errno of that failure are the answer until then */
    int retry_errno;
    _Atomic(oat_thread *) threads;
    pthread_mutex_t threads_lock;
    _Atomic int64_t anchor_ns;
    bool membarrier;
    _Atomic int last_errno;
    _Atomic uint64_t pair_count;
    _Atomic uint64_t sync_failures;
    _Atomic int unreported;    /* a failed sync that no oat_tracer_flush has returned yet; else OAT_OK */
    pthread_mutex_t sync_lock; /* one flush at a time */
    uint64_t pairs_named;      /* under sync_lock: pairs whose names in hot/ are durable */
    /* The flusher. */
    pthread_mutex_t flusher_lock;
    pthread_cond_t flusher_wake;
    pthread_t flusher;
    bool flusher_started;
    bool flusher_stop;
    bool flusher_kicked;
    _Atomic bool flusher_asleep; /* waits without a time limit */
};

struct oat_tracer {
    uint64_t serial;   /* unique; keys the threads' lookup */
    oat_config config; /* strings owned */
    oat_store_dir dir;
    struct oat_price_table *own_prices;    /* of the configuration */
    struct oat_tracer_prices *read_prices; /* of the store, as often as they were read; newest first */
    _Atomic(const struct oat_price_table *) prices; /* the configuration's, then the newest of those */
    _Atomic bool mapped;          /* until the file system turns out not to allocate ahead */
    _Atomic(oat_writer *) writer; /* NULL in a forked child until its first call */
    pthread_mutex_t writer_lock;
    struct oat_redact_rules redaction; /* what is kept out of the files */
    uint32_t warned;                   /* causes that were reported */
};

static inline void oat_count_add(oat_thread *thread, enum oat_counter counter, uint64_t n)
{
    _Atomic uint64_t *c = &thread->counters[counter];
    atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + n, memory_order_relaxed);
}

#endif
