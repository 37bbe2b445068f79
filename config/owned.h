/* What a configuration that was loaded owns: texts, prices, targets, patterns. */
#ifndef OAT_CONFIG_OWNED_H
#define OAT_CONFIG_OWNED_H

#include "oat/config.h"

#define OAT_CONFIG_PRICES_MAX   1000u
#define OAT_CONFIG_TARGETS_MAX  1000u
#define OAT_CONFIG_PATTERNS_MAX 100u

struct oat_config_text;

struct oat_config_owned {
    struct oat_config_text *texts;
    oat_config_price *prices;
    oat_config_target *targets;
    oat_config_pattern *patterns;
};

/* A copy that lives as long as the configuration, whose `owned` is set. NULL: out of memory. */
const char *oat_config_keep(oat_config *config, const char *text, size_t len);

/* Room for one more price, target or pattern, zeroed; the count has it then. NULL: out of memory, or there
 * are as many as there may be. */
oat_config_price *oat_config_add_price(oat_config *config);
oat_config_target *oat_config_add_target(oat_config *config);
oat_config_pattern *oat_config_add_pattern(oat_config *config);

#endif
