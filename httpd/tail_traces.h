/* Traces that a live tail has seen spans of, told as they are then, a few times a second: many spans of a
 * trace make one message. Of the tail's thread. */
#ifndef OAT_HTTPD_TAIL_TRACES_H
#define OAT_HTTPD_TAIL_TRACES_H

#include "httpd/tail.h"
#include "httpd/view.h"

struct oat_tail_traces;

/* The view, of the store that the tail follows, is borrowed. NULL: out of memory. */
struct oat_tail_traces *oat_tail_traces_new(struct oat_view *view);
/* Takes NULL. */
void oat_tail_traces_free(struct oat_tail_traces *traces);

/* A span of the trace came; the forms are to be told. False: there are many already; tell them first. */
bool oat_tail_traces_add(struct oat_tail_traces *traces, const uint8_t trace_id[16],
                         const uint64_t forms[OAT_RING_FORM_WORDS]);

/* Tells what was added: {"type":"trace","trace":{...}} each, with the fields of an element of /traces. */
void oat_tail_traces_tell(struct oat_tail_traces *traces, const struct oat_tail_events *events, void *arg);

/* Nanoseconds until they should be told; UINT64_MAX: there are none. */
uint64_t oat_tail_traces_wait_ns(const struct oat_tail_traces *traces);

#endif
