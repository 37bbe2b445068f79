/* Secrets by the names that they go by. */
#ifndef OAT_REDACT_NAMED_H
#define OAT_REDACT_NAMED_H

#include "redact/find.h"

/* True when what goes by this name is a secret: "api_key", "X-Api-Key", "db.password", "Authorization". */
bool oat_redact_is_secret_name(const char *name, size_t len);

/* The value of a secret name, at the ':' or '=' between them: a string, or a word behind a header's name. */
bool oat_redact_find_named(const struct oat_redact_text *text, size_t pos, struct oat_redact_match *ret);

#endif
