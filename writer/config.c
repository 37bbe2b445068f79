#include "oat/oat.h"

#include "format/limits.h"

#include <stdlib.h>
#include <string.h>

static enum oat_map_mode map_mode_of(const char *text)
{
    if (text && strcmp(text, "always") == 0)
        return OAT_MAP_ALWAYS;
    if (text && strcmp(text, "never") == 0)
        return OAT_MAP_NEVER;
    return OAT_MAP_AUTO;
}

static const char *env_or(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

void oat_config_init(oat_config *config)
{
    *config = (oat_config){
        .data_dir = env_or("OAT_DATA_DIR", ".oat"),
        .service = env_or("OAT_SERVICE_NAME", NULL),
        .environment = env_or("OAT_ENVIRONMENT", NULL),
        .map = map_mode_of(getenv("OAT_STORAGE_MAP")),
        .open_after_ms = 1000,
        .flush_interval_ms = 1000,
        .roll_slots = OAT_SLOTS_MAX,
        .roll_blob_bytes = UINT64_C(256) << 20,
        .roll_age_s = 3600,
    };
}
