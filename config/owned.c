#include "config/owned.h"

#include <stdlib.h>
#include <string.h>

struct oat_config_text {
    struct oat_config_text *next;
    char text[];
};

const char *oat_config_keep(oat_config *config, const char *text, size_t len)
{
    struct oat_config_text *kept = malloc(sizeof *kept + len + 1);
    if (!kept)
        return NULL;
    memcpy(kept->text, text, len);
    kept->text[len] = '\0';
    kept->next = config->owned->texts;
    config->owned->texts = kept;
    return kept->text;
}

/* A list with room for one more. NULL: out of memory. */
static void *grow(void *list, size_t count, size_t size)
{
    char *grown = reallocarray(list, count + 1, size);
    if (grown)
        memset(grown + count * size, 0, size);
    return grown;
}

oat_config_price *oat_config_add_price(oat_config *config)
{
    struct oat_config_owned *owned = config->owned;
    if (config->price_count == OAT_CONFIG_PRICES_MAX)
        return NULL;
    oat_config_price *grown = grow(owned->prices, config->price_count, sizeof *grown);
    if (!grown)
        return NULL;
    config->prices = owned->prices = grown;
    return &grown[config->price_count++];
}

oat_config_target *oat_config_add_target(oat_config *config)
{
    struct oat_config_owned *owned = config->owned;
    if (config->target_count == OAT_CONFIG_TARGETS_MAX)
        return NULL;
    oat_config_target *grown = grow(owned->targets, config->target_count, sizeof *grown);
    if (!grown)
        return NULL;
    config->targets = owned->targets = grown;
    return &grown[config->target_count++];
}

oat_config_pattern *oat_config_add_pattern(oat_config *config)
{
    struct oat_config_owned *owned = config->owned;
    if (config->redact_pattern_count == OAT_CONFIG_PATTERNS_MAX)
        return NULL;
    oat_config_pattern *grown = grow(owned->patterns, config->redact_pattern_count, sizeof *grown);
    if (!grown)
        return NULL;
    config->redact_patterns = owned->patterns = grown;
    return &grown[config->redact_pattern_count++];
}

void oat_config_free(oat_config *config)
{
    struct oat_config_owned *owned = config ? config->owned : NULL;
    if (!owned)
        return;
    while (owned->texts) {
        struct oat_config_text *next = owned->texts->next;
        free(owned->texts);
        owned->texts = next;
    }
    free(owned->prices);
    free(owned->targets);
    free(owned->patterns);
    free(owned);
    config->owned = NULL;
}
