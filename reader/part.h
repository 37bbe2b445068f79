/* A part: the spans of one day, as columns. Its rows are found by part_find.h, and read
 * through part_record.h and part_collect.h, or as a source of batches (part_source.h). */
#ifndef OAT_READER_PART_H
#define OAT_READER_PART_H

#include "format/schema.h"
#include "indexer/id_index.h"
#include "reader/image.h"
#include "reader/manifest.h"
#include "reader/pack.h"

struct oat_part;

/* Opens days/<date>/<generation>.part below the store, and its pack: both files outlive their unlink from
 * then on. entry is copied. As oat_image_map and oat_image_check; OAT_NOTFOUND also when the pack is not
 * there. A pack that is damaged is reported and left out. */
int oat_part_open(int store_fd, const struct oat_manifest_part *entry, struct oat_problems *problems,
                  struct oat_part **ret);

/* The same in two steps: what is mapped is for oat_part_check and oat_part_close alone, and the kernel begins
 * to read what checking will. After a failure to check it is for oat_part_close. */
int oat_part_map(int store_fd, const struct oat_manifest_part *entry, struct oat_problems *problems,
                 struct oat_part **ret);
int oat_part_check(struct oat_part *part);

/* Accepts NULL. */
void oat_part_close(struct oat_part *part);

/* Sets what reads as a marker from now on, in the part and its pack; borrowed. Before anything of it is
 * read. */
void oat_part_set_forgotten(struct oat_part *part, const struct oat_forgotten *forgotten);

/* All that follows may be called from any thread; damage is reported. */

/* Its file, below the store. */
const char *oat_part_path(const struct oat_part *part);
const struct oat_manifest_part *oat_part_entry(const struct oat_part *part);
/* The whole file; never NULL. */
struct oat_image *oat_part_image(struct oat_part *part);
/* A table without rows, and without an image, when the part has none of that id. */
struct oat_image_table *oat_part_table(struct oat_part *part, enum oat_table_id id);
/* NULL: it has none, or it is damaged. */
struct oat_pack *oat_part_pack(struct oat_part *part);

/* Adds to problems that a value in a row of a table cannot be. what: static. */
void oat_part_report(struct oat_part *part, enum oat_table_id table, uint32_t row, const char *what);

/* ---- Indexes ---- */

/* By the ids of TRACES or of SPANS; borrowed from the part. NULL: it is damaged. */
const struct oat_id_index *oat_part_index(struct oat_part *part, enum oat_table_id table);
/* Which traces are surely not there (id_filter.h). NULL: it is damaged. */
const struct oat_section_view *oat_part_trace_filter(struct oat_part *part);

/* ---- What codes stand for ---- */

/* Text of a code of a column's dictionary; unset for 0 and for damage. Borrowed from the part. */
oat_text oat_part_text(struct oat_part *part, enum oat_table_id table, unsigned column, uint64_t code);
/* Texts in that dictionary. */
uint32_t oat_part_text_count(struct oat_part *part, enum oat_table_id table, unsigned column);

/* Span flags (OAT_SPAN_*) of a code. False: it stands for none. */
bool oat_part_flags(struct oat_part *part, uint64_t code, uint32_t *ret_flags);
uint32_t oat_part_flags_count(struct oat_part *part);

/* Key and encoded value of an attribute code; unset when out of range. */
void oat_part_attribute(struct oat_part *part, uint64_t code, oat_text *ret_key, oat_text *ret_value);
uint32_t oat_part_attribute_count(struct oat_part *part);

#endif
