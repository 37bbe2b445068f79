/* A part: the spans of one day, as columns. */
#ifndef OAT_READER_PART_H
#define OAT_READER_PART_H

#include "format/dictionary.h"
#include "format/schema.h"
#include "reader/batch.h"
#include "reader/manifest.h"
#include "reader/pack.h"
#include "reader/record.h"
#include "reader/rows.h"

struct oat_part;

/* Opens days/<date>/<generation>.part below the store. Its pack is opened when a payload is read
 * first. entry is copied. As oat_image_open. */
int oat_part_open(int store_fd, const struct oat_manifest_part *entry, struct oat_problems *problems,
                  struct oat_part **ret);
/* Accepts NULL. */
void oat_part_close(struct oat_part *part);

/* Its file, below the store. */
const char *oat_part_path(const struct oat_part *part);
const struct oat_manifest_part *oat_part_entry(const struct oat_part *part);
struct oat_image_table *oat_part_table(struct oat_part *part, enum oat_table_id id);

/* NULL: it has none, or it is damaged (reported). Any thread. */
struct oat_pack *oat_part_pack(struct oat_part *part);

/* Row of TRACES, or OAT_NO_ROW. */
uint32_t oat_part_find_trace(struct oat_part *part, const uint8_t trace_id[16]);
/* Rows of SPANS with that span id, at most max of them; returns how many. */
size_t oat_part_find_spans(struct oat_part *part, const uint8_t span_id[8], uint32_t *ret_rows, size_t max);
/* Row of TRACES that a row of SPANS belongs to. */
int oat_part_trace_of(struct oat_part *part, uint32_t row, uint32_t *ret_trace);
/* The id of a row of TRACES. */
int oat_part_trace_id(struct oat_part *part, uint32_t trace, uint8_t ret[16]);

/* Text of a code of a column's dictionary; unset for 0 and for damage. Borrowed from the part. */
oat_text oat_part_text(struct oat_part *part, enum oat_table_id table, unsigned column, uint64_t code);
/* Texts in that dictionary. */
uint32_t oat_part_text_count(struct oat_part *part, enum oat_table_id table, unsigned column);

/* Key and encoded value of an attribute code; unset when out of range. */
void oat_part_attribute(struct oat_part *part, uint64_t code, oat_text *ret_key, oat_text *ret_value);
uint32_t oat_part_attribute_count(struct oat_part *part);
/* Row of SPAN_ATTRIBUTES where those of a row of SPANS begin. */
int oat_part_attributes_start(struct oat_part *part, uint32_t row, uint32_t *ret_start);

/* Appends the rows of a trace (a row of TRACES), and its events, links and scores, to *ret; `source`
 * and `trace_number` are what they get as source and trace. OAT_OK, OAT_E_NOMEM, OAT_E_CORRUPT
 * (reported; what was read stays). */
int oat_part_collect(struct oat_part *part, uint32_t trace, uint32_t source, uint32_t trace_number,
                     struct oat_rows *ret);

/* Reads a row whole; see record.h. */
int oat_part_record(struct oat_part *part, uint32_t row, uint32_t source, struct oat_record *ret);
int oat_part_mark_record(struct oat_part *part, uint16_t kind, uint32_t row, struct oat_mark_record *ret);

/* Checks every block, section and, of its pack, every chunk; damage is reported. OAT_OK or
 * OAT_E_NOMEM. */
int oat_part_verify(struct oat_part *part);

/* What a list shows of a row of TRACES, and of a filter's trace fields. Texts are borrowed from the
 * part. OAT_OK or OAT_E_CORRUPT (reported). */
int oat_part_trace_figures(struct oat_part *part, uint32_t trace, struct oat_trace_figures *ret);
/* Where the attributes of its root are; likewise. */
int oat_part_root_attributes(struct oat_part *part, uint32_t trace, struct oat_record_payload *ret);
/* What a trace is shown as whose STATUS and FLAGS are these. */
enum oat_shown_status oat_part_trace_status(uint64_t status, uint64_t flags);

/* The encoded attributes (format/attrs.h) of a row, put together from codes: malloc'd, as
 * oat_pack_read gives a payload. OAT_NOTFOUND: none. */
int oat_part_attributes(struct oat_part *part, uint32_t row, uint8_t **ret_bytes, size_t *ret_len);

#endif
