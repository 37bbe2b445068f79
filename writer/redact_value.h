/* Takes secrets out of attributes, nested ones included. */
#ifndef OAT_WRITER_REDACT_VALUE_H
#define OAT_WRITER_REDACT_VALUE_H

#include "oat/oat.h"
#include "writer/random.h"

struct oat_redact_block;

/* What copies are made of. Zero-initialise but for kinds and random; free with oat_redact_scratch_free. */
struct oat_redact_scratch {
    unsigned kinds; /* OAT_REDACT_* */
    oat_random *random;
    struct oat_redact_block *blocks;
};

void oat_redact_scratch_free(struct oat_redact_scratch *scratch);

/* Makes *attr one without secrets: a value of a secret name becomes a marker, texts are searched. What is
 * changed is a copy that lives as long as the scratch. Values deeper than OAT_VALUE_DEPTH_MAX stay: they are
 * refused by all that stores them. OAT_OK or OAT_E_NOMEM. */
int oat_redact_attr(struct oat_redact_scratch *scratch, oat_attr *attr);

/* Likewise a list of attributes: *attrs becomes a copy. */
int oat_redact_attrs(struct oat_redact_scratch *scratch, const oat_attr **attrs, size_t count);

#endif
