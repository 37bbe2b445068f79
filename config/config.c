#include "oat/oat.h"

#include "config/keys.h"
#include "config/owned.h"
#include "config/tracer_yaml.h"
#include "config/yaml_file.h"
#include "format/limits.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME  "tracer.yaml"
#define PATH_SIZE  (PATH_MAX + 16)
#define ABOVE_MAX  64 /* folders */
#define VALUE_SIZE 200

static const oat_config defaults = {
    .data_dir = ".oat",
    .open_after_ms = 1000,
    .flush_interval_ms = 1000,
    .roll_slots = OAT_SLOTS_MAX,
    .roll_blob_bytes = UINT64_C(256) << 20,
    .roll_age_s = 3600,
    .capture_input = true,
    .capture_output = true,
    .redact_keys = true,
    .export_enabled = true,
    .export_interval_ms = 1000,
    .export_keep_local = true,
    .sampling_rate = 1,
    .error_sampling = 1,
    .slow_trace_ms = 5000,
    .held_bytes = UINT64_C(64) << 20,
    .instrumentation = true,
};

/* Takes the variables of the first keys; the first wrong one is told in ret_wrong unless that is NULL or not
 * empty. */
static void read_environment(oat_config *config, size_t keys, char *ret_wrong)
{
    for (size_t i = 0; i < keys; i++) {
        const char *name = oat_config_key_variable(i), *value = name ? getenv(name) : NULL;
        if (!value || !*value || oat_config_key_take(config, i, value) || !ret_wrong || *ret_wrong)
            continue;
        snprintf(ret_wrong, OAT_CONFIG_WRONG_SIZE, "%s=%.*s: expected %s", name, VALUE_SIZE, value,
                 oat_config_key_expected(i));
    }
}

void oat_config_init(oat_config *config)
{
    *config = defaults;
    read_environment(config, OAT_CONFIG_KEYS_OF_INIT, NULL);
}

/* ---- The file ---- */

/* Looks in the working directory and those above it. False: there is none. */
static bool find_file(char path[PATH_SIZE])
{
    char folder[PATH_MAX];
    if (!getcwd(folder, sizeof folder) || folder[0] != '/')
        return false;
    for (int i = 0; i < ABOVE_MAX; i++) {
        snprintf(path, PATH_SIZE, "%s/" FILE_NAME, folder);
        if (access(path, F_OK) == 0)
            return true;
        snprintf(path, PATH_SIZE, "%s/.git", folder);
        char *slash = strrchr(folder, '/');
        if (access(path, F_OK) == 0 || slash == folder)
            return false;
        *slash = '\0';
    }
    return false;
}

static int read_file(oat_config *config, const char *path, char ret_wrong[OAT_CONFIG_WRONG_SIZE])
{
    size_t len;
    char *text = oat_yaml_load(path, &len, ret_wrong, OAT_CONFIG_WRONG_SIZE);
    if (!text)
        return errno == ENOMEM ? OAT_E_NOMEM : OAT_E_INVALID;
    int result = oat_tracer_yaml_read(config, path, text, len, ret_wrong);
    free(text);
    return result;
}

int oat_config_load(oat_config *config, const char *path, char ret_wrong[OAT_CONFIG_WRONG_SIZE])
{
    char found[PATH_SIZE];
    int result = OAT_OK;
    ret_wrong[0] = '\0';
    *config = defaults;
    config->owned = calloc(1, sizeof *config->owned);
    if (!config->owned)
        return OAT_E_NOMEM;
    if (!path)
        path = getenv("OAT_CONFIG");
    if (path && *path)
        result = read_file(config, path, ret_wrong);
    else if (find_file(found))
        result = read_file(config, found, ret_wrong);
    if (result == OAT_E_NOMEM)
        return result;
    read_environment(config, oat_config_key_count, ret_wrong);
    return *ret_wrong && config->strict ? OAT_E_INVALID : OAT_OK;
}
