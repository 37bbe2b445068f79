/* The model test's trivial store: what every span must read back as, kept in plain structs.
 *
 * All of it lives in memory that the processes of a run share: the driver, which only reads the
 * store, and up to OAT_MODEL_ACTORS processes ("actors") of OAT_MODEL_THREADS threads each, which
 * write to it. One operation runs at a time. An operation calls the writer and then notes here what
 * the call must have done, so a process that is killed leaves its notes behind. */
#ifndef OAT_TESTS_RUN_MODEL_H
#define OAT_TESTS_RUN_MODEL_H

#include "tests/support/run_dir.h"
#include "tests/support/run_expect.h"
#include "tests/support/run_view.h"

#include <sys/types.h>

#define OAT_MODEL_ACTORS      4
#define OAT_MODEL_THREADS     2
#define OAT_MODEL_SPANS_MAX   4096
#define OAT_MODEL_WRITERS_MAX 512
#define OAT_MODEL_MARKS_MAX   2048
#define OAT_MODEL_SECRETS     8

/* Every value that a field of a running span has had: an announced span may show any of them. */
struct oat_model_value {
    const void *bytes; /* NULL: not set */
    size_t len;
    const struct oat_model_value *older;
};

enum oat_model_state {
    OAT_MODEL_OPEN, /* running, in a writer that lives or not */
    OAT_MODEL_ENDED,
    OAT_MODEL_RETIRED, /* with its day: not there any more */
};

struct oat_model_span {
    struct oat_run_want_span want;
    enum oat_model_state state;
    oat_span *handle; /* in the processes of its writer */
    int writer;
    int thread; /* whose chain of current spans it is in */
    bool start_given;
    bool resent;
    bool seen; /* it was shown while it was open: it must be shown from then on */
    const struct oat_model_value *text[OAT_TEXT_FIELDS];
    const struct oat_model_value *input;
    oat_attr *attrs;
    bool *attr_inherited;
    size_t attr_capacity;
    struct oat_run_want_note *events, *links;
    struct oat_model_span *below; /* current before it, on its thread */
};

struct oat_model_writer {
    bool alive;
};

struct oat_model_actor {
    _Atomic pid_t pid; /* 0: no such process */
    oat_tracer *tracer;
    int writer; /* of its tracer; -1: closed */
    struct {
        struct oat_model_span *current;
        bool has_inherited; /* a forked child: where its parent was */
        oat_span_context inherited;
    } threads[OAT_MODEL_THREADS];
};

struct oat_model_score {
    oat_score score;
    bool of_trace;
    bool may_be_retired; /* with the day where it was put */
};

struct oat_model_secret {
    bool forgotten;
    char redaction_id[33]; /* then, in hexadecimal */
};

struct oat_model {
    char dir[OAT_RUN_PATH_SIZE];
    uint64_t seed;
    enum oat_map_mode map;
    bool any_times; /* given times lie anywhere, else within days of the run's begin */
    uint64_t begun_ns;
    bool announces; /* spans are announced soon, else never */
    uint64_t next_id;
    struct oat_model_actor actors[OAT_MODEL_ACTORS];
    struct oat_model_writer writers[OAT_MODEL_WRITERS_MAX];
    int writer_count;
    struct oat_model_span *spans[OAT_MODEL_SPANS_MAX];
    size_t span_count;
    struct oat_model_score scores[OAT_MODEL_MARKS_MAX];
    size_t score_count;
    uint8_t deleted[OAT_MODEL_MARKS_MAX][16];
    size_t deleted_count;
    struct oat_model_secret secrets[OAT_MODEL_SECRETS];
    size_t masked_to;         /* of the memory: below it what is forgotten is a marker */
    struct oat_run_view kept; /* the store, refreshed at every second check */
    unsigned checks;
    bool failed;
    char why[OAT_RUN_WHY_SIZE + 200];
    uint8_t *memory; /* for everything below; never given back before the run ends */
    size_t memory_used;
};

/* Makes an empty model, and its directory, in memory shared with children. Ends the program when
 * that fails. */
struct oat_model *oat_model_new(uint64_t seed, enum oat_map_mode map);
void oat_model_free(struct oat_model *model);

/* Memory that lives as long as the model, zeroed. */
void *oat_model_alloc(struct oat_model *model, size_t len);
void *oat_model_copy(struct oat_model *model, const void *bytes, size_t len);

/* Notes the first failure of the run. */
void oat_model_fail(struct oat_model *model, const char *format, ...) __attribute__((format(printf, 2, 3)));

int oat_model_writer_add(struct oat_model *model);
/* A number that was not used for an id before. */
uint64_t oat_model_id(struct oat_model *model);

struct oat_model_span *oat_model_span_add(struct oat_model *model);
void oat_model_set_text(struct oat_model *model, struct oat_model_span *span, enum oat_text_field field,
                        oat_text text);
void oat_model_set_input(struct oat_model *model, struct oat_model_span *span,
                         const struct oat_run_want_payload *payload);
/* Sets or replaces an attribute; key and value are the model's. */
void oat_model_set_attr(struct oat_model *model, struct oat_model_span *span, oat_text key,
                        const oat_value *value, bool inherited);
void oat_model_remove_attr(struct oat_model_span *span, const char *key);
/* As an attribute of a text value. */
void oat_model_set_note(struct oat_model *model, struct oat_model_span *span, const char *key, oat_text text);
void oat_model_add_note(struct oat_model *model, struct oat_run_want_note **notes, size_t *count,
                        const struct oat_run_want_note *note);

bool oat_model_any_actor(const struct oat_model *model);
bool oat_model_is_deleted(const struct oat_model *model, const uint8_t trace_id[16]);

/* The which-th text of a collection of short, long, empty and odd ones. */
oat_text oat_model_text(struct oat_model *model, uint32_t which);
/* How the store keeps a text of a field. */
oat_text oat_model_shortened(struct oat_model *model, oat_text text);
/* A value of any type, nested ones too. */
oat_value oat_model_value(struct oat_model *model, uint64_t which, unsigned depth);

/* Compares the store with the model. Failures are noted in it. */
void oat_model_check(struct oat_model *model);

#endif
