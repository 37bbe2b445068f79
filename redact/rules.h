/* What is to be taken out of texts: built-in kinds, and patterns that a redactor of the host looks for. */
#ifndef OAT_REDACT_RULES_H
#define OAT_REDACT_RULES_H

#include "config/keys.h"

#define OAT_REDACT_KEYS   1u
#define OAT_REDACT_EMAILS 2u
#define OAT_REDACT_CARDS  4u

/* Zeroed: nothing is. */
struct oat_redact_rules {
    unsigned kinds; /* OAT_REDACT_* */
    size_t pattern_count;
    char (*names)[OAT_CONFIG_NAME_MAX + 1]; /* of the patterns */
    const oat_redactor *redactor;           /* NULL, where there are patterns: no text may be stored */
    void *state;                            /* the redactor's */
};

/* Takes them from a configuration. ret_wrong: "", or why the patterns cannot be looked for; then no text may
 * be stored. OAT_OK, OAT_E_NOMEM. */
int oat_redact_rules_open(const oat_config *config, struct oat_redact_rules *ret,
                          char ret_wrong[OAT_CONFIG_WRONG_SIZE]);
/* Takes zeroed ones. */
void oat_redact_rules_close(struct oat_redact_rules *rules);

static inline bool oat_redact_any(const struct oat_redact_rules *rules)
{
    return rules->kinds || rules->pattern_count;
}

#endif
