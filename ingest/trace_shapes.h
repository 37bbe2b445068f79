/* What the readers of span exports share. */
#ifndef OAT_INGEST_TRACE_SHAPES_H
#define OAT_INGEST_TRACE_SHAPES_H

#include "ingest/json_value.h"
#include "ingest/otel_batch.h"

struct oat_shape_reader {
    struct oat_json_doc doc;
    struct oat_otel_batch batch;
    char place[120]; /* of the span that is being read: a JSON path */
};

struct oat_shape {
    const char *what;
    bool (*matches)(const struct oat_json_doc *doc, oat_jnode root);
    int (*read)(struct oat_shape_reader *r, oat_jnode root);
};

/* Shapes of trace_shapes.c; ends with a what NULL. */
extern const struct oat_shape oat_trace_shapes[];

/* Attributes in the arena, of a known most. */
struct oat_shape_attrs {
    oat_attr *items;
    size_t count, room;
};

/* The members of an object (0: of none) as attributes, with room for `more`. */
struct oat_shape_attrs oat_shape_attrs_of(struct oat_json_doc *doc, oat_jnode object, size_t more);

/* Adds one; null values, and what there is no room for, are left out. */
void oat_shape_put(struct oat_shape_attrs *attrs, const char *key, oat_value value);
void oat_shape_put_text(struct oat_shape_attrs *attrs, const char *key, oat_text text);

/* The time at a key; 0 when there is none. */
uint64_t oat_shape_time(const struct oat_json_doc *doc, oat_jnode object, const char *key);

bool oat_shape_is_zero(const uint8_t *bytes, size_t len);

/* Ids from text of any kind: hex is taken as it is, the rest is hashed and kept beside. */
void oat_shape_set_ids(struct oat_otel_span *span, oat_text trace, oat_text id, oat_text parent);

/* A scope in the shared arena; NULL when out of memory. */
struct oat_otel_scope *oat_shape_scope(struct oat_shape_reader *r);

/* Adds a finished span to the batch. */
int oat_shape_add(struct oat_shape_reader *r, struct oat_otel_span *span,
                  const struct oat_shape_attrs *attrs);

#endif
