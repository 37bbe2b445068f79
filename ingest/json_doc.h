/* JSON text as a flat list of nodes that know where they stand in it.
 *
 * Written for imports: values are cut out of the text byte for byte, so each node has its position;
 * numbers stay text until asked for, so none is too large; NUL may stand in strings and keys; a
 * hostile document costs 16 bytes a value and no stack. Stricter than oat_json_scan: the grammar is
 * RFC 8259, with two allowances for what Python and JavaScript programs write: NaN, Infinity and
 * -Infinity are numbers, and invalid UTF-8 inside strings is passed through. */
#ifndef OAT_INGEST_JSON_DOC_H
#define OAT_INGEST_JSON_DOC_H

#include "ingest/arena.h"
#include "oat/reader.h"

enum oat_json_type {
    OAT_JSON_NONE = 0, /* there is no such node */
    OAT_JSON_NULL,
    OAT_JSON_FALSE,
    OAT_JSON_TRUE,
    OAT_JSON_NUMBER,
    OAT_JSON_STRING,
    OAT_JSON_ARRAY,
    OAT_JSON_OBJECT,
};

#define OAT_JDOC_DEPTH_MAX 1000u

struct oat_json_node {
    uint32_t pos; /* in the text; of a string: of its opening quote */
    uint32_t len;
    uint32_t next; /* index behind this value and all it contains */
    uint8_t type;
    bool escaped; /* a string with a backslash in it */
};

/* A node by its index; 0 = none, which every function below accepts. */
typedef uint32_t oat_jnode;

struct oat_json_doc {
    const char *text; /* borrowed */
    size_t text_len;
    struct oat_json_node *nodes; /* nodes[0] is "none", nodes[1] the root */
    size_t count, room;
    struct oat_arena *arena;          /* decoded strings; the caller's */
    struct oat_memory_budget *budget; /* pays for the nodes; borrowed; NULL: none */
    size_t end;                       /* on success: behind the value; on failure: where it failed */
    const char *error;                /* what failed: static text */
};

/* Reads the one value at pos (white space before it is skipped). Nodes of an earlier call are
 * replaced. OAT_OK; OAT_E_INVALID with doc->error and doc->end; OAT_E_NOMEM (or the budget
 * has no more; the arena has failed, too); OAT_E_LIMIT (over 4 GiB of text). */
int oat_jdoc_parse(struct oat_json_doc *doc, const char *text, size_t text_len, size_t pos);

/* As above, and only white space may follow the value. */
int oat_jdoc_parse_all(struct oat_json_doc *doc, const char *text, size_t text_len);

/* Frees the nodes; not the arena. Accepts a zeroed doc. */
void oat_jdoc_free(struct oat_json_doc *doc);

#endif
