/* Reserved attributes ("oat.*") that keep what has no field. */
#ifndef OAT_WRITER_SPAN_NOTE_H
#define OAT_WRITER_SPAN_NOTE_H

#include "writer/core.h"

/* Sets a text attribute; a failure is counted as a drop. */
void oat_span_note(oat_thread *thread, oat_span *span, const char *key, const char *text, size_t len);

/* Takes one out again: the field it belongs to is set anew. */
void oat_span_unnote(oat_span *span, const char *key);

/* Sets any value. */
void oat_span_note_value(oat_thread *thread, oat_span *span, const char *key, const oat_value *value);

/* Sets an unsigned number: an int, or decimal text where it does not fit one. */
void oat_span_note_number(oat_thread *thread, oat_span *span, const char *key, uint64_t number);

#endif
