/* Conversations on their way to spans. A reader of one trajectory format says where each message
 * stands in the source, who spoke, which tools were called and what answered them; oat_chat_emit
 * makes the spans: one agent span, one llm span per answer of the model, one tool span per call.
 *
 * Elements are cut out of the source byte for byte. An llm span's input is "[", the elements before
 * the answer joined by ",", "]": so a message is the same bytes in every call that sends it. */
#ifndef OAT_INGEST_CHAT_H
#define OAT_INGEST_CHAT_H

#include "ingest/arena.h"
#include "ingest/import.h"
#include "ingest/json_value.h"
#include "ingest/text.h"

/* Calls look this many answers ahead for their own. */
#define OAT_CHAT_RESULT_WINDOW 256u

struct oat_chat_call {
    oat_text bytes; /* as it stands in the source */
    oat_text id;    /* bytes NULL: the next answer without an id is its own */
    oat_text name;
};

struct oat_chat_result {
    oat_text bytes;
    oat_text call_id;
    uint32_t element;
    bool error;
    bool used;
};

enum oat_chat_role {
    OAT_CHAT_CONTEXT, /* system, tool results, environment, examples */
    OAT_CHAT_USER,
    OAT_CHAT_ASSISTANT,
};

struct oat_chat_usage {
    bool has[OAT_COUNT_FIELDS];
    uint64_t count[OAT_COUNT_FIELDS];
    bool has_cost;
    int64_t cost_nano;
};

struct oat_chat_element {
    oat_text bytes;
    enum oat_chat_role role;
    uint64_t time_ns;     /* when it was there; 0 = not given */
    uint64_t begin_ns;    /* when the model was asked; 0 = when the element before it was there */
    oat_text model;       /* of an answer; bytes NULL: the conversation's */
    oat_text response_id; /* answers in a row with the same one are one call of the model */
    struct oat_chat_usage usage;
    uint32_t first_call, call_count;
    uint32_t first_result; /* results up to here belong to elements before */
};

struct oat_chat {
    const char *kind;  /* "swe-agent" ...: goes into the ids */
    oat_text identity; /* bytes that the trace id is made of */
    oat_text name, agent, model, provider, session, user;
    uint64_t start_ns, end_ns;   /* 0 = of the first and last element */
    struct oat_chat_usage usage; /* of the whole, when the calls have none */
    bool failed;                 /* ended in an error */
    oat_text error;
    oat_attr attrs[16]; /* of the agent span */
    size_t attr_count;
    struct oat_chat_element *elements;
    size_t element_count, element_room;
    struct oat_chat_call *calls;
    size_t call_count, call_room;
    struct oat_chat_result *results;
    size_t result_count, result_room;
    bool out_of_memory;
    struct oat_memory_budget *budget; /* pays for the lists; borrowed; NULL: none */
};

/* Where the spans go, and the ids they get. */
struct oat_chat_out {
    const struct oat_import_sink *sink;
    struct oat_import_report *report;
    uint8_t trace_id[16]; /* of the trace that is being written */
    uint8_t parent_id[8]; /* of the next agent span; zero = it is the root */
    uint64_t ordinal;     /* of the next span */
    uint64_t base_ns;     /* synthetic time */
    char *input;          /* messages joined, reused */
    size_t input_room;
};

/* Empties a chat for the next conversation; memory is kept. */
void oat_chat_reset(struct oat_chat *chat, const char *kind, oat_text identity);
void oat_chat_free(struct oat_chat *chat);

/* Appends an element; its calls and results follow it. NULL when out of memory (also remembered in
 * out_of_memory, so the result need not be checked when nothing is written to it). */
struct oat_chat_element *oat_chat_add(struct oat_chat *chat, oat_text bytes, enum oat_chat_role role);
void oat_chat_add_call(struct oat_chat *chat, oat_text bytes, oat_text id, oat_text name);
void oat_chat_add_result(struct oat_chat *chat, oat_text bytes, oat_text call_id, bool error);

/* The answer was not given by this run's model: it becomes context, and its calls are none. */
void oat_chat_make_context(struct oat_chat_element *element);

/* Adds an attribute to the agent span; beyond 16, and empty ones, are left out. */
void oat_chat_attr(struct oat_chat *chat, const char *key, oat_value value);
void oat_chat_attr_text(struct oat_chat *chat, const char *key, oat_text text);

/* Begins a trace whose ids are made from the chat's kind and identity. */
void oat_chat_begin_trace(struct oat_chat_out *out, const struct oat_chat *chat);

/* Gives the conversation's spans to the sink, as a trace of its own, or under out->parent_id in the
 * trace that was begun. OAT_OK, OAT_E_NOMEM, or the sink's result. */
int oat_chat_emit(struct oat_chat_out *out, struct oat_chat *chat);
int oat_chat_emit_within(struct oat_chat_out *out, struct oat_chat *chat);

/* Gives one span to the sink: fills in trace id, span id (the next ordinal) and parent. */
int oat_chat_span(struct oat_chat_out *out, struct oat_import_span *span, const uint8_t *parent_id);

void oat_chat_out_free(struct oat_chat_out *out);

/* ---- Readers ------------------------------------------------------------------------------ */

struct oat_chat_reader {
    struct oat_json_doc doc;
    struct oat_arena arena;
    struct oat_chat chat;
    struct oat_chat_out out;
};

/* A chat format in JSON: `matches` looks at the shape only. */
struct oat_chat_format {
    const char *what;
    bool (*matches)(const struct oat_json_doc *doc, oat_jnode root);
    int (*read)(struct oat_chat_reader *reader, oat_jnode root);
};

#endif
