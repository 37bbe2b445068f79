/* Every text in encoded attributes, at any depth. */
#ifndef OAT_FORMAT_ATTRS_WALK_H
#define OAT_FORMAT_ATTRS_WALK_H

#include <stddef.h>
#include <stdint.h>

/* A key, a string or a byte string; it lies in the encoding. OAT_OK to go on; another result ends the walk
 * and is returned. */
typedef int (*oat_attrs_text_fn)(void *arg, const uint8_t *text, size_t len);

/* Walks encoded attributes, or one encoded value (attrs.h). OAT_OK; as oat_attrs_open, before the first call
 * of fn; what fn returned. */
int oat_attrs_texts(const uint8_t *bytes, size_t len, oat_attrs_text_fn fn, void *arg);
int oat_value_texts(const uint8_t *bytes, size_t len, oat_attrs_text_fn fn, void *arg);

#endif
