/* A sink of imports that remembers the spans it was given. */
#ifndef OAT_TESTS_RECORD_SINK_H
#define OAT_TESTS_RECORD_SINK_H

#include "ingest/import.h"

/* A copy of one span. Texts end in NUL, "" when there is none. */
struct recorded_span {
    struct oat_import_span span; /* numbers and ids; its pointers are dead */
    char *text[OAT_TEXT_FIELDS];
    char *input, *output, *error, *call_id;
    char *attrs;  /* {"key":value,...} */
    char *events; /* [{"name":..., "time":..., "attrs":{...}},...] */
    char *links;  /* [{"trace":..., "span":..., "attrs":{...}},...] */
};

struct record {
    struct oat_import_sink sink; /* hand this to a decoder */
    struct oat_import_report report;
    struct recorded_span *spans;
    size_t count;
    size_t fail_at; /* the sink fails at this span; 0 = never */
};

/* Starts a record. It must not move: the sink points to it. */
void record_init(struct record *record);
void record_free(struct record *record);

/* The first span of that name; NULL when there is none. */
const struct recorded_span *record_find(const struct record *record, const char *name);

#endif
