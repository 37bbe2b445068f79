#include "config/tracer_yaml.h"

#include "config/keys.h"
#include "config/owned.h"
#include "config/yaml_file.h"
#include "oat/oat.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_SIZE          160
#define PER_1K_TO_PER_1M  1000.0
#define PRICE_MAX_PER_1K  1000.0
#define SECTION_PRICES    "pricing"
#define SECTION_TARGETS   "instrumentation.targets"
#define SECTION_REDACT    "capture.redact"
#define SECTION_OF_SECRET "capture"

struct reading {
    struct oat_yaml *yaml;
    oat_config *config;
    unsigned problems;
    bool no_memory;
};

/* A mapping on its way, and the key that leads to it: "" for the root. */
struct section {
    struct reading *reading;
    const char *key;
};

/* ---- What is wrong ---- */

/* The first one is told; what else is in the file counts nevertheless. Returns true: to go on. */
__attribute__((format(printf, 3, 4))) static bool complain(struct reading *reading, const yaml_node_t *node,
                                                           const char *format, ...)
{
    char what[300];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (reading->problems++ == 0)
        oat_yaml_fail(reading->yaml, &node->start_mark, "%s", what);
    return true;
}

static bool give_up(struct reading *reading)
{
    reading->no_memory = true;
    return false;
}

/* ---- Prices ---- */

struct priced {
    struct reading *reading;
    oat_config_price price;
};

static bool read_price_pair(struct oat_yaml *yaml, const yaml_node_t *key, const char *name,
                            yaml_node_t *node, void *arg)
{
    struct priced *priced = arg;
    (void)yaml;
    oat_config_price *price = &priced->price;
    const struct {
        const char *name;
        double *to;
    } kinds[] = {
        {"prompt_tokens_per_1k", &price->input},
        {"completion_tokens_per_1k", &price->output},
        {"cached_tokens_per_1k", &price->cached_input},
        {"cache_write_tokens_per_1k", &price->cache_write},
        {"cache_write_1h_tokens_per_1k", &price->cache_write_1h},
        {"reasoning_tokens_per_1k", &price->reasoning_output},
        {"audio_input_tokens_per_1k", &price->audio_input},
        {"audio_output_tokens_per_1k", &price->audio_output},
    };
    const char *text = oat_yaml_text(node);
    double number;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0) {
            if (!text || !oat_config_number(text, &number) || number > PRICE_MAX_PER_1K)
                return complain(priced->reading, node, "%.80s: expected US dollars, a number from 0 to 1000",
                                name);
            *kinds[i].to = number * PER_1K_TO_PER_1M;
            return true;
        }
    return complain(priced->reading, key, "unknown key \"%.80s\"", name);
}

/* Where the price of a model goes: what is read later (what code gives) replaces what came before. NULL: out
 * of memory. */
static oat_config_price *place_for(oat_config *config, const char *model)
{
    for (size_t i = 0; i < config->price_count; i++)
        if (strcmp(config->prices[i].model, model) == 0)
            return &config->owned->prices[i];
    return oat_config_add_price(config);
}

static bool read_price(struct oat_yaml *yaml, const yaml_node_t *key, const char *name, yaml_node_t *node,
                       void *arg)
{
    struct section *section = arg;
    oat_config *config = section->reading->config;
    struct priced priced = {section->reading, {NULL, -1, -1, -1, -1, -1, -1, -1, -1}};
    if (node->type != YAML_MAPPING_NODE)
        return complain(section->reading, node, "%.80s: expected {prompt_tokens_per_1k: 0.01, ...}", name);
    if (!oat_yaml_mapping(yaml, node, "prices", read_price_pair, &priced))
        return false;
    if (priced.price.input < 0)
        return complain(section->reading, node, "%.80s: expected prompt_tokens_per_1k", name);
    if (config->price_count == OAT_CONFIG_PRICES_MAX)
        return complain(section->reading, key, "more than %u models", OAT_CONFIG_PRICES_MAX);
    priced.price.model = oat_config_keep(config, name, strlen(name));
    oat_config_price *to = priced.price.model ? place_for(config, name) : NULL;
    if (!to)
        return give_up(section->reading);
    *to = priced.price;
    return true;
}

/* ---- Targets ---- */

struct targeted {
    struct reading *reading;
    oat_config_target target;
};

static bool read_target_pair(struct oat_yaml *yaml, const yaml_node_t *key, const char *name,
                             yaml_node_t *node, void *arg)
{
    struct targeted *targeted = arg;
    (void)yaml;
    oat_config_target *target = &targeted->target;
    const char **to = strcmp(name, "module") == 0      ? &target->module
                      : strcmp(name, "function") == 0  ? &target->function
                      : strcmp(name, "span_type") == 0 ? &target->span_type
                                                       : NULL;
    const char *text = oat_yaml_text(node);
    if (!to)
        return complain(targeted->reading, key, "unknown key \"%.80s\"", name);
    if (!text || !*text)
        return complain(targeted->reading, node, "%.80s: expected a text", name);
    *to = oat_config_keep(targeted->reading->config, text, strlen(text));
    return *to || give_up(targeted->reading);
}

static bool read_target(struct oat_yaml *yaml, yaml_node_t *node, void *arg)
{
    struct section *section = arg;
    oat_config *config = section->reading->config;
    struct targeted targeted = {.reading = section->reading};
    if (node->type != YAML_MAPPING_NODE)
        return complain(section->reading, node, "%s: expected {module: ..., function: ...}", section->key);
    if (!oat_yaml_mapping(yaml, node, "a target", read_target_pair, &targeted))
        return false;
    if (!targeted.target.module || !targeted.target.function)
        return complain(section->reading, node, "%s: expected a module and a function", section->key);
    if (config->target_count == OAT_CONFIG_TARGETS_MAX)
        return complain(section->reading, node, "more than %u targets", OAT_CONFIG_TARGETS_MAX);
    oat_config_target *to = oat_config_add_target(config);
    if (!to)
        return give_up(section->reading);
    *to = targeted.target;
    return true;
}

/* ---- What is kept out ---- */

struct patterned {
    struct reading *reading;
    oat_config_pattern pattern;
};

static bool read_pattern_pair(struct oat_yaml *yaml, const yaml_node_t *key, const char *name,
                              yaml_node_t *node, void *arg)
{
    struct patterned *patterned = arg;
    (void)yaml;
    oat_config_pattern *pattern = &patterned->pattern;
    const char **to = strcmp(name, "name") == 0      ? &pattern->name
                      : strcmp(name, "pattern") == 0 ? &pattern->pattern
                                                     : NULL;
    const char *text = oat_yaml_text(node);
    if (!to)
        return complain(patterned->reading, key, "unknown key \"%.80s\"", name);
    if (!text || !*text || (to == &pattern->name && !oat_config_is_name(text)))
        return complain(patterned->reading, node, "%s: expected %s", name,
                        to == &pattern->name ? "1 to 32 of a-z 0-9 _ -" : "a regular expression");
    *to = oat_config_keep(patterned->reading->config, text, strlen(text));
    return *to || give_up(patterned->reading);
}

static bool read_pattern(struct oat_yaml *yaml, yaml_node_t *node, struct section *section)
{
    struct reading *reading = section->reading;
    struct patterned patterned = {reading, {"pattern", NULL}};
    if (!oat_yaml_mapping(yaml, node, "a pattern", read_pattern_pair, &patterned))
        return false;
    if (!patterned.pattern.pattern)
        return complain(reading, node, "%s: expected {name: ..., pattern: ...}", section->key);
    if (reading->config->redact_pattern_count == OAT_CONFIG_PATTERNS_MAX)
        return complain(reading, node, "more than %u patterns", OAT_CONFIG_PATTERNS_MAX);
    oat_config_pattern *to = oat_config_add_pattern(reading->config);
    if (!to)
        return give_up(reading);
    *to = patterned.pattern;
    return true;
}

/* A built-in kind by its name, or a pattern. */
static bool read_kind(struct oat_yaml *yaml, yaml_node_t *node, void *arg)
{
    struct section *section = arg;
    oat_config *config = section->reading->config;
    if (node->type == YAML_MAPPING_NODE)
        return read_pattern(yaml, node, section);
    const struct {
        const char *name;
        bool *to;
    } kinds[] = {
        {"key", &config->redact_keys}, {"email", &config->redact_emails}, {"card", &config->redact_cards}};
    const char *text = oat_yaml_text(node);
    for (size_t i = 0; text && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, text) == 0) {
            *kinds[i].to = true;
            return true;
        }
    return complain(section->reading, node, "%s: expected key, email, card or a pattern", section->key);
}

/* ---- Settings ---- */

/* A relative directory starts from the file's folder. *ret: the text, or what is to be freed. */
static const char *from_folder(const char *path, const char *text, char **ret)
{
    const char *slash = strrchr(path, '/');
    *ret = NULL;
    if (!slash || text[0] == '/' || text[0] == '\0')
        return text;
    return asprintf(ret, "%.*s/%s", (int)(slash - path), path, text) < 0 ? NULL : *ret;
}

static bool read_setting(struct reading *reading, const yaml_node_t *node, size_t key)
{
    const char *text = oat_yaml_text(node);
    char *joined = NULL;
    bool is_dir = strcmp(oat_config_key_name(key), "export.local.data_dir") == 0;
    if (text && is_dir && !(text = from_folder(reading->yaml->path, text, &joined)))
        return give_up(reading);
    if (!text || !oat_config_key_take(reading->config, key, text))
        complain(reading, node, "%s: expected %s", oat_config_key_name(key), oat_config_key_expected(key));
    free(joined);
    return true;
}

static bool is_below_capture(const char *key)
{
    size_t len = strlen(SECTION_OF_SECRET);
    return strncmp(key, SECTION_OF_SECRET, len) == 0 && (key[len] == '.' || key[len] == '\0');
}

static void capture_nothing(oat_config *config)
{
    config->capture_input = config->capture_output = false;
}

static bool read_pair(struct oat_yaml *yaml, const yaml_node_t *key, const char *name, yaml_node_t *node,
                      void *arg);

static bool read_section(struct oat_yaml *yaml, const yaml_node_t *key, yaml_node_t *node,
                         struct section *section)
{
    bool is_prices = strcmp(section->key, SECTION_PRICES) == 0;
    size_t setting = oat_config_key_find(section->key);
    if (setting < oat_config_key_count)
        return read_setting(section->reading, node, setting);
    if (strcmp(section->key, SECTION_TARGETS) == 0)
        return oat_yaml_list(yaml, node, read_target, section);
    if (strcmp(section->key, SECTION_REDACT) == 0)
        return oat_yaml_list(yaml, node, read_kind, section);
    if (!is_prices && !oat_config_key_is_section(section->key))
        return complain(section->reading, key, "unknown key \"%s\"", section->key);
    if (node->type == YAML_SCALAR_NODE && !oat_yaml_text(node))
        return true; /* a section with nothing in it */
    if (node->type != YAML_MAPPING_NODE)
        return complain(section->reading, node, "%s: expected keys with values", section->key);
    return oat_yaml_mapping(yaml, node, section->key, is_prices ? read_price : read_pair, section);
}

static bool read_pair(struct oat_yaml *yaml, const yaml_node_t *key, const char *name, yaml_node_t *node,
                      void *arg)
{
    const struct section *above = arg;
    char path[KEY_SIZE];
    struct section section = {above->reading, path};
    snprintf(path, sizeof path, "%.70s%s%.70s", above->key, *above->key ? "." : "", name);
    unsigned problems = above->reading->problems;
    bool ok = read_section(yaml, key, node, &section);
    if (above->reading->problems != problems && is_below_capture(path))
        capture_nothing(above->reading->config);
    return ok;
}

static bool read_root(struct oat_yaml *yaml, yaml_node_t *root, void *arg)
{
    struct section section = {arg, ""};
    if (root->type == YAML_SCALAR_NODE && !oat_yaml_text(root))
        return true; /* nothing but comments, or null */
    return oat_yaml_mapping(yaml, root, "settings", read_pair, &section);
}

int oat_tracer_yaml_read(oat_config *config, const char *path, const char *text, size_t len,
                         char ret_wrong[OAT_CONFIG_WRONG_SIZE])
{
    struct oat_yaml yaml = {
        .path = path,
        .text = text,
        .len = len,
        .ret_error = ret_wrong,
        .error_size = OAT_CONFIG_WRONG_SIZE,
    };
    struct reading reading = {.yaml = &yaml, .config = config};
    ret_wrong[0] = '\0';
    if (!oat_yaml_read(&yaml, read_root, &reading) &&
        memmem(text, len, SECTION_OF_SECRET, strlen(SECTION_OF_SECRET)))
        capture_nothing(config);
    if (reading.no_memory)
        return OAT_E_NOMEM;
    return *ret_wrong ? OAT_E_INVALID : OAT_OK;
}
