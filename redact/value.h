/* Takes secrets out of attributes, nested ones included. */
#ifndef OAT_REDACT_VALUE_H
#define OAT_REDACT_VALUE_H

#include "oat/oat.h"
#include "redact/ids.h"
#include "redact/rules.h"

struct oat_redact_block;

/* What copies are made of. Zero-initialise but for rules and ids; free with oat_redact_scratch_free. */
struct oat_redact_scratch {
    const struct oat_redact_rules *rules;
    struct oat_redact_ids *ids;
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
