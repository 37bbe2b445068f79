/* Takes secrets out of what is about to be stored: keys by their look and by the names they go by, and where
 * it is asked for, e-mail addresses, numbers of payment cards, and what patterns match. */
#ifndef OAT_REDACT_REDACT_H
#define OAT_REDACT_REDACT_H

#include "redact/ids.h"
#include "redact/rules.h"

/* "[redacted key 51 0123456789abcdef]": kind, bytes that stood there, an id that says no more than which
 * markers stand for the same: a hash would let a short secret be guessed. */
#define OAT_REDACT_MARKER_SIZE 96

/* Writes the marker of a secret of len bytes, with NUL; its length. */
size_t oat_redact_marker(char ret[OAT_REDACT_MARKER_SIZE], const char *kind, const void *secret, size_t len,
                         struct oat_redact_ids *ids);

/* Looks for what the rules name in a text of any bytes, and puts markers in its place; in the place of all of
 * it where patterns cannot be looked for, or one takes too long. OAT_OK: *ret, which the caller frees, has
 * the new text. OAT_NOTFOUND: there is nothing to take out. OAT_E_NOMEM. Linear in len, but for patterns. */
int oat_redact(const struct oat_redact_rules *rules, const uint8_t *text, size_t len,
               struct oat_redact_ids *ids, uint8_t **ret, size_t *ret_len);

#endif
