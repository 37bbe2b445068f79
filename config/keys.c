#include "config/keys.h"

#include "config/owned.h"

#include <string.h>
#include <strings.h>

#define DIGITS_MAX 15 /* what a double holds exactly */
#define MS_PER_S   1000.0
#define TEXT_MAX   4096u

enum kind { TEXT, FLAG, NUMBER_32, NUMBER_64, SECONDS, SHARE, MAP };

#define FIELD(field) offsetof(oat_config, field)

static const struct setting {
    const char *key, *variable;
    enum kind kind;
    size_t offset;
} settings[] = {
    {"export.local.data_dir", "OAT_DATA_DIR", TEXT, FIELD(data_dir)},
    {"service.name", "OAT_SERVICE_NAME", TEXT, FIELD(service)},
    {"service.environment", "OAT_ENVIRONMENT", TEXT, FIELD(environment)},
    {"storage.map", "OAT_STORAGE_MAP", MAP, FIELD(map)},
    {"service.version", "OAT_SERVICE_VERSION", TEXT, FIELD(service_version)},
    {"storage.flush_interval", "OAT_FLUSH_INTERVAL", SECONDS, FIELD(flush_interval_ms)},
    {"storage.allow_network_fs", NULL, FLAG, FIELD(allow_network_fs)},
    {"limits.open_after_ms", NULL, NUMBER_32, FIELD(open_after_ms)},
    {"limits.segment_slots", NULL, NUMBER_32, FIELD(roll_slots)},
    {"limits.segment_payload_bytes", NULL, NUMBER_64, FIELD(roll_blob_bytes)},
    {"limits.segment_age_s", NULL, NUMBER_32, FIELD(roll_age_s)},
    {"capture.input", "OAT_CAPTURE_INPUT", FLAG, FIELD(capture_input)},
    {"capture.output", "OAT_CAPTURE_OUTPUT", FLAG, FIELD(capture_output)},
    {"capture.max_bytes", "OAT_CAPTURE_MAX_BYTES", NUMBER_64, FIELD(capture_max_bytes)},
    {"capture.redact_keys", "OAT_REDACT_KEYS", FLAG, FIELD(redact_keys)},
    {"export.remote.enabled", "OAT_EXPORT_ENABLED", FLAG, FIELD(export_enabled)},
    {"export.remote.url", "OAT_EXPORT_URL", TEXT, FIELD(export_url)},
    {"export.remote.token", "OAT_TOKEN", TEXT, FIELD(export_token)},
    {"export.remote.flush_interval", "OAT_EXPORT_FLUSH_INTERVAL", SECONDS, FIELD(export_interval_ms)},
    {"export.remote.batch_size", "OAT_EXPORT_BATCH_SIZE", NUMBER_32, FIELD(export_batch_size)},
    {"export.remote.keep_local", "OAT_EXPORT_KEEP_LOCAL", FLAG, FIELD(export_keep_local)},
    {"sampling.rate", "OAT_SAMPLING_RATE", SHARE, FIELD(sampling_rate)},
    {"sampling.error_sampling", "OAT_ERROR_SAMPLING", SHARE, FIELD(error_sampling)},
    {"sampling.slow_trace_threshold_ms", "OAT_SLOW_TRACE_THRESHOLD_MS", NUMBER_32, FIELD(slow_trace_ms)},
    {"sampling.held_bytes", NULL, NUMBER_64, FIELD(held_bytes)},
    {"instrumentation.enabled", "OAT_INSTRUMENTATION", FLAG, FIELD(instrumentation)},
    {"strict", "OAT_STRICT", FLAG, FIELD(strict)},
};

const size_t oat_config_key_count = sizeof settings / sizeof *settings;

const char *oat_config_key_name(size_t key)
{
    return settings[key].key;
}

const char *oat_config_key_variable(size_t key)
{
    return settings[key].variable;
}

const char *oat_config_key_expected(size_t key)
{
    static const char *const expected[] = {
        [TEXT] = "a text of 1 to 4096 bytes",
        [FLAG] = "true or false",
        [NUMBER_32] = "a whole number from 0 to 4294967295",
        [NUMBER_64] = "a whole number from 0 to 999999999999999",
        [SECONDS] = "a number of seconds from 0 to 4294967",
        [SHARE] = "a number from 0 to 1",
        [MAP] = "auto, always or never",
    };
    return expected[settings[key].kind];
}

size_t oat_config_key_find(const char *name)
{
    size_t i = 0;
    while (i < oat_config_key_count && strcmp(settings[i].key, name) != 0)
        i++;
    return i;
}

bool oat_config_key_is_section(const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < oat_config_key_count; i++)
        if (strncmp(settings[i].key, name, len) == 0 && settings[i].key[len] == '.')
            return true;
    return false;
}

/* ---- Values ---- */

bool oat_config_number(const char *text, double *ret)
{
    double value = 0, scale = 1;
    int digits = 0;
    bool point = false;
    for (; *text; text++) {
        if (*text == '.' && !point) {
            point = true;
            continue;
        }
        if (*text < '0' || *text > '9' || ++digits > DIGITS_MAX)
            return false;
        value = value * 10 + (*text - '0');
        scale *= point ? 10 : 1;
    }
    *ret = value / scale;
    return digits > 0;
}

static bool is_any(const char *text, const char *const words[4])
{
    for (int i = 0; i < 4; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

static bool take_flag(const char *text, bool *ret)
{
    static const char *const yes[] = {"true", "yes", "on", "1"}, *const no[] = {"false", "no", "off", "0"};
    bool is_yes = is_any(text, yes);
    if (!is_yes && !is_any(text, no))
        return false;
    *ret = is_yes;
    return true;
}

static bool take_map(const char *text, enum oat_map_mode *ret)
{
    static const char *const modes[] = {"auto", "always", "never"};
    for (int i = 0; i < 3; i++)
        if (strcmp(text, modes[i]) == 0) {
            *ret = (enum oat_map_mode)i;
            return true;
        }
    return false;
}

static bool take_text(oat_config *config, const char *text, const char **ret)
{
    size_t len = strlen(text);
    if (len == 0 || len > TEXT_MAX)
        return false;
    /* Without an owner the text is the environment's. */
    const char *kept = config->owned ? oat_config_keep(config, text, len) : text;
    if (!kept)
        return false;
    *ret = kept;
    return true;
}

static bool take_whole(const char *text, double max, double *ret)
{
    return !strchr(text, '.') && oat_config_number(text, ret) && *ret <= max;
}

bool oat_config_key_take(oat_config *config, size_t key, const char *text)
{
    void *field = (char *)config + settings[key].offset;
    double number;
    switch (settings[key].kind) {
    case TEXT:
        return take_text(config, text, field);
    case FLAG:
        return take_flag(text, field);
    case MAP:
        return take_map(text, field);
    case NUMBER_32:
        if (!take_whole(text, UINT32_MAX, &number))
            return false;
        *(uint32_t *)field = (uint32_t)number;
        return true;
    case NUMBER_64:
        if (!take_whole(text, 1e15, &number))
            return false;
        *(uint64_t *)field = (uint64_t)number;
        return true;
    case SECONDS:
        if (!oat_config_number(text, &number) || number * MS_PER_S > UINT32_MAX)
            return false;
        *(uint32_t *)field = (uint32_t)(number * MS_PER_S);
        return true;
    case SHARE:
        if (!oat_config_number(text, &number) || number > 1)
            return false;
        *(double *)field = number;
        return true;
    }
    return false;
}

bool oat_config_is_name(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return len > 0 && len <= OAT_CONFIG_NAME_MAX && name[len] == '\0';
}
