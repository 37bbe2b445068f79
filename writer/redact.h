/* Takes secrets out of what is about to be stored: keys by their look and by the names they go by, and where
 * it is asked for, e-mail addresses and numbers of payment cards. */
#ifndef OAT_WRITER_REDACT_H
#define OAT_WRITER_REDACT_H

#include "writer/random.h"

#include <stddef.h>
#include <stdint.h>

#define OAT_REDACT_KEYS   1u
#define OAT_REDACT_EMAILS 2u
#define OAT_REDACT_CARDS  4u

/* "[redacted key 51 0123456789abcdef]": kind, bytes that stood there, an id that means nothing: a hash would
 * let a short secret be guessed. */
#define OAT_REDACT_MARKER_SIZE 64

/* Writes a marker with NUL; its length. */
size_t oat_redact_marker(char ret[OAT_REDACT_MARKER_SIZE], const char *kind, size_t len, oat_random *random);

/* Looks for what the kinds (OAT_REDACT_*) name in a text of any bytes, and puts markers in its place. OAT_OK:
 * *ret, which the caller frees, has the new text. OAT_NOTFOUND: there is nothing to take out. OAT_E_NOMEM.
 * Linear in len. */
int oat_redact(unsigned kinds, const uint8_t *text, size_t len, oat_random *random, uint8_t **ret,
               size_t *ret_len);

#endif
