/* Strict JSON validation (RFC 8259) without building anything: constant memory, no recursion. */
#ifndef OAT_FORMAT_JSON_CHECK_H
#define OAT_FORMAT_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* Deeper nesting is refused: common parsers give up between 1,000 and 2,048. */
#define OAT_JSON_DEPTH_MAX 512u

/* True when the text is one JSON value, with white space around it or not, that any strict parser
 * takes: UTF-8, no unpaired surrogate escapes, nested at most OAT_JSON_DEPTH_MAX deep. */
bool oat_json_is_valid(const char *text, size_t len);

#endif
