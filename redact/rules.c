#include "redact/rules.h"

#include "oat/oat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* False, and says why: they cannot be looked for. */
static bool open_patterns(const oat_config *config, struct oat_redact_rules *rules,
                          char ret_wrong[OAT_CONFIG_WRONG_SIZE])
{
    if (!config->redactor) {
        snprintf(ret_wrong, OAT_CONFIG_WRONG_SIZE,
                 "patterns are to be redacted, and there is no redactor (liboat-extra has one)");
        return false;
    }
    for (size_t i = 0; i < config->redact_pattern_count; i++) {
        const char *name = config->redact_patterns[i].name;
        if (!name || !oat_config_is_name(name) || !config->redact_patterns[i].pattern) {
            snprintf(ret_wrong, OAT_CONFIG_WRONG_SIZE,
                     "pattern %zu: expected a pattern, and a name of 1 to %u of a-z 0-9 _ -", i,
                     OAT_CONFIG_NAME_MAX);
            return false;
        }
        strcpy(rules->names[i], name);
    }
    return config->redactor->open(config->redact_patterns, config->redact_pattern_count, &rules->state,
                                  ret_wrong) == OAT_OK;
}

int oat_redact_rules_open(const oat_config *config, struct oat_redact_rules *ret,
                          char ret_wrong[OAT_CONFIG_WRONG_SIZE])
{
    *ret_wrong = '\0';
    *ret = (struct oat_redact_rules){
        .kinds = (config->redact_keys ? OAT_REDACT_KEYS : 0) |
                 (config->redact_emails ? OAT_REDACT_EMAILS : 0) |
                 (config->redact_cards ? OAT_REDACT_CARDS : 0),
    };
    if (config->redact_pattern_count == 0)
        return OAT_OK;
    ret->names = calloc(config->redact_pattern_count, sizeof *ret->names);
    if (!ret->names)
        return OAT_E_NOMEM;
    ret->pattern_count = config->redact_pattern_count;
    if (open_patterns(config, ret, ret_wrong))
        ret->redactor = config->redactor;
    return OAT_OK;
}

void oat_redact_rules_close(struct oat_redact_rules *rules)
{
    if (rules->redactor)
        rules->redactor->close(rules->state);
    free(rules->names);
    *rules = (struct oat_redact_rules){0};
}
