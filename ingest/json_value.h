/* Reading what json_doc.c has parsed. */
#ifndef OAT_INGEST_JSON_VALUE_H
#define OAT_INGEST_JSON_VALUE_H

#include "ingest/json_doc.h"

/* The value of a member of an object, the last one of that name; 0 if there is none, if it is null,
 * or if the node is no object. */
oat_jnode oat_jdoc_get(const struct oat_json_doc *doc, oat_jnode object, const char *key);

/* The first of two members that is there. */
oat_jnode oat_jdoc_get2(const struct oat_json_doc *doc, oat_jnode object, const char *key, const char *other);

/* Elements of an array: the first, then the next of each; 0 at the end, and for anything else. */
oat_jnode oat_jdoc_first(const struct oat_json_doc *doc, oat_jnode array);
oat_jnode oat_jdoc_next(const struct oat_json_doc *doc, oat_jnode array, oat_jnode element);

/* Members of an object: the first key, then the next key of each; 0 at the end, and for anything
 * else. The value of a member is the node behind its key. */
oat_jnode oat_jdoc_first_key(const struct oat_json_doc *doc, oat_jnode object);
oat_jnode oat_jdoc_next_key(const struct oat_json_doc *doc, oat_jnode object, oat_jnode key);

/* Elements of an array or members of an object; 0 for anything else. */
size_t oat_jdoc_count(const struct oat_json_doc *doc, oat_jnode container);

enum oat_json_type oat_jdoc_type_of(const struct oat_json_doc *doc, oat_jnode node);

/* The bytes of a value as they stand in the text; bytes NULL for 0. */
oat_text oat_jdoc_raw(const struct oat_json_doc *doc, oat_jnode node);

/* A string's decoded text (borrowed from the text, or in the arena); bytes NULL for anything but a
 * string. A lone surrogate becomes U+FFFD. */
oat_text oat_jdoc_string(const struct oat_json_doc *doc, oat_jnode node);

/* The string at a key of an object; "" when there is none. */
oat_text oat_jdoc_text(const struct oat_json_doc *doc, oat_jnode object, const char *key);

/* True when a string says exactly this. */
bool oat_jdoc_is(const struct oat_json_doc *doc, oat_jnode node, const char *text);

/* A number, or a string that is one: *ret is set on success only. Integers must fit; a number with
 * a fraction is no integer. */
bool oat_jdoc_int(const struct oat_json_doc *doc, oat_jnode node, int64_t *ret);
bool oat_jdoc_uint(const struct oat_json_doc *doc, oat_jnode node, uint64_t *ret);
bool oat_jdoc_double(const struct oat_json_doc *doc, oat_jnode node, double *ret);

/* A value as a typed attribute value, in the arena. Integers beyond 64 bits become doubles; what
 * lies deeper than OAT_VALUE_DEPTH_MAX becomes its JSON text. */
oat_value oat_jdoc_to_value(const struct oat_json_doc *doc, oat_jnode node);

/* An object's members as attributes; null members are left out. */
const oat_attr *oat_jdoc_to_attrs(const struct oat_json_doc *doc, oat_jnode object, size_t *ret_count);

#endif
