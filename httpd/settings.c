#include "httpd/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/edit_distance.h"
#include "reader/filter_number.h"

#define NEAR      3u /* edits */
#define RATE_MAX  1e9
#define NS_DIGITS 9u

enum kind { TEXT, PATH, TEXTS, ADDRESSES, SWITCH, LEVEL, ACK, RATE, DURATION };

static const struct setting {
    const char *name;
    enum kind kind;
    size_t offset; /* within struct oat_options */
} settings[] = {
    {"ack", ACK, offsetof(struct oat_options, ack_process)},
    {"alerts", PATH, offsetof(struct oat_options, alerts)},
    {"allow_host", TEXTS, offsetof(struct oat_options, allow_host)},
    {"allow_origin", TEXTS, offsetof(struct oat_options, allow_origin)},
    {"dir", PATH, offsetof(struct oat_options, dir)},
    {"insecure_plaintext", SWITCH, offsetof(struct oat_options, insecure_plaintext)},
    {"listen", ADDRESSES, offsetof(struct oat_options, listen)},
    {"log_level", LEVEL, offsetof(struct oat_options, log_level)},
    {"no_compact", SWITCH, offsetof(struct oat_options, no_compact)},
    {"otlp_grpc", ADDRESSES, offsetof(struct oat_options, otlp_grpc)},
    {"otlp_http", ADDRESSES, offsetof(struct oat_options, otlp_http)},
    {"query_timeout", DURATION, offsetof(struct oat_options, query_timeout_ns)},
    {"requests_per_s", RATE, offsetof(struct oat_options, requests_per_s)},
    {"tls_cert", PATH, offsetof(struct oat_options, tls_cert)},
    {"tls_key", PATH, offsetof(struct oat_options, tls_key)},
    {"tokens", PATH, offsetof(struct oat_options, tokens)},
};

#define COUNT (sizeof settings / sizeof *settings)
_Static_assert(COUNT <= OAT_SETTINGS_MAX, "a source for each setting");

/* ---- Names --------------------------------------------------------------------------------------- */

size_t oat_setting_count(void)
{
    return COUNT;
}

const char *oat_setting_name(size_t setting)
{
    return settings[setting].name;
}

size_t oat_setting_find(const char *name)
{
    size_t i = 0;
    while (i < COUNT && strcmp(settings[i].name, name) != 0)
        i++;
    return i;
}

const char *oat_setting_nearest(const char *name)
{
    const char *nearest = NULL;
    size_t least = NEAR;
    for (size_t i = 0; i < COUNT; i++) {
        size_t distance = oat_edit_distance(name, strlen(name), settings[i].name, strlen(settings[i].name));
        if (distance >= least)
            continue;
        least = distance;
        nearest = settings[i].name;
    }
    return nearest;
}

bool oat_setting_is_switch(size_t setting)
{
    return settings[setting].kind == SWITCH;
}

bool oat_setting_is_list(size_t setting)
{
    return settings[setting].kind == TEXTS || settings[setting].kind == ADDRESSES;
}

/* ---- Values -------------------------------------------------------------------------------------- */

const char *oat_options_text(struct oat_options *options, const char *text)
{
    return oat_arena_copy(&options->texts, text, strlen(text));
}

const char *oat_options_path(struct oat_options *options, const char *base_dir, const char *path)
{
    if (!base_dir || *path == '/')
        return oat_options_text(options, path);
    return oat_arena_printf(&options->texts, "%s/%s", base_dir, path);
}

/* A value on its way to its place. */
struct taking {
    struct oat_options *options;
    void *place;
    bool begins; /* of a list: what was there goes */
    const char *value, *base_dir, *label;
    char *ret_error;
    size_t error_size;
};

static bool refuse(const struct taking *t, const char *expected)
{
    snprintf(t->ret_error, t->error_size, "%s \"%.80s\": expected %s", t->label, t->value, expected);
    return false;
}

static bool take_text(const struct taking *t, const char *text)
{
    if (!*t->value)
        return refuse(t, "a value");
    if (text)
        *(const char **)t->place = text;
    else
        snprintf(t->ret_error, t->error_size, "%s: out of memory", t->label);
    return text != NULL;
}

static bool too_many(const struct taking *t, unsigned max)
{
    snprintf(t->ret_error, t->error_size, "%s is given more than %u times", t->label, max);
    return false;
}

static bool add_text(struct taking *t)
{
    struct oat_name_list *texts = t->place;
    if (t->begins)
        texts->count = 0;
    if (texts->count == OAT_NAME_LIST_MAX)
        return too_many(t, OAT_NAME_LIST_MAX);
    t->place = &texts->all[texts->count];
    bool ok = take_text(t, oat_options_text(t->options, t->value));
    texts->count += ok;
    return ok;
}

/* "off": nowhere. */
static bool add_address(const struct taking *t)
{
    char why[200];
    struct oat_addresses *addresses = t->place;
    if (t->begins)
        addresses->count = 0;
    addresses->is_default = false;
    if (strcmp(t->value, "off") == 0)
        return true;
    if (addresses->count == OAT_LISTEN_MAX)
        return too_many(t, OAT_LISTEN_MAX);
    if (oat_address_parse(t->value, &addresses->all[addresses->count], why, sizeof why)) {
        addresses->count++;
        return true;
    }
    snprintf(t->ret_error, t->error_size, "%s %s", t->label, why);
    return false;
}

/* no and yes: the texts for false and true. */
static bool take_bool(const struct taking *t, const char *no, const char *yes)
{
    char expected[40];
    bool is_yes = strcmp(t->value, yes) == 0;
    snprintf(expected, sizeof expected, "%s or %s", no, yes);
    if (!is_yes && strcmp(t->value, no) != 0)
        return refuse(t, expected);
    *(bool *)t->place = is_yes;
    return true;
}

/* "off": no limit. */
static bool take_rate(const struct taking *t)
{
    double rate = 0;
    if (strcmp(t->value, "off") != 0 &&
        (!oat_filter_real_parse((oat_text){t->value, strlen(t->value)}, OAT_UNITS_NONE, &rate) || rate <= 0 ||
         rate > RATE_MAX))
        return refuse(t, "a number above 0, or off");
    *(double *)t->place = rate;
    return true;
}

/* "off": 0. */
static bool take_duration(const struct taking *t)
{
    struct oat_filter_number duration = {0};
    bool ok =
        strcmp(t->value, "off") == 0 || (oat_filter_number_parse((oat_text){t->value, strlen(t->value)},
                                                                 OAT_UNITS_DURATION, NS_DIGITS, &duration) &&
                                         duration.floor > 0 && duration.floor < INT64_MAX);
    if (!ok)
        return refuse(t, "a duration like 30s or 2m, or off");
    *(uint64_t *)t->place = (uint64_t)duration.floor;
    return true;
}

static bool take(struct taking *t, enum kind kind)
{
    switch (kind) {
    case TEXT:
        return take_text(t, oat_options_text(t->options, t->value));
    case PATH:
        return take_text(t, oat_options_path(t->options, t->base_dir, t->value));
    case TEXTS:
        return add_text(t);
    case ADDRESSES:
        return add_address(t);
    case SWITCH:
        return take_bool(t, "false", "true");
    case ACK:
        return take_bool(t, "device", "process");
    case DURATION:
        return take_duration(t);
    case LEVEL:
        return oat_log_level_parse(t->value, t->place) || refuse(t, "error, warn, info or debug");
    case RATE:
        return take_rate(t);
    }
    return false;
}

bool oat_setting_take(struct oat_options *options, size_t setting, enum oat_setting_source source,
                      const char *value, const char *base_dir, const char *label, char *ret_error,
                      size_t error_size)
{
    if (options->sources[setting] > source)
        return true;
    struct taking t = {
        .options = options,
        .place = (char *)options + settings[setting].offset,
        .begins = options->sources[setting] != source,
        .value = value,
        .base_dir = base_dir,
        .label = label,
        .ret_error = ret_error,
        .error_size = error_size,
    };
    options->sources[setting] = source;
    return take(&t, settings[setting].kind);
}

/* ---- Printing ------------------------------------------------------------------------------------ */

static void print_line(const struct oat_options *options, size_t setting, const char *value)
{
    static const char *const sources[] = {"default", "file", "environment", "command line"};
    printf("%-19s %-32s %s\n", settings[setting].name, value, sources[options->sources[setting]]);
}

static void print_addresses(const struct oat_options *options, size_t setting,
                            const struct oat_addresses *addresses)
{
    char url[100];
    for (size_t i = 0; i < addresses->count; i++) {
        snprintf(url, sizeof url, "http://%s:%u", addresses->all[i].host, addresses->all[i].port);
        print_line(options, setting, url);
    }
}

static void print_duration(const struct oat_options *options, size_t setting, uint64_t ns)
{
    char text[32] = "off";
    if (ns > 0)
        snprintf(text, sizeof text, "%gs", (double)ns / 1e9);
    print_line(options, setting, text);
}

void oat_setting_print(const struct oat_options *options, size_t setting)
{
    static const char *const levels[] = {"error", "warn", "info", "debug"};
    const void *place = (const char *)options + settings[setting].offset;
    const struct oat_name_list *texts = place;
    char rate[32];
    switch (settings[setting].kind) {
    case TEXT:
    case PATH:
        if (*(const char *const *)place)
            print_line(options, setting, *(const char *const *)place);
        break;
    case TEXTS:
        for (size_t i = 0; i < texts->count; i++)
            print_line(options, setting, texts->all[i]);
        break;
    case ADDRESSES:
        print_addresses(options, setting, place);
        break;
    case SWITCH:
        print_line(options, setting, *(const bool *)place ? "true" : "false");
        break;
    case ACK:
        print_line(options, setting, *(const bool *)place ? "process" : "device");
        break;
    case DURATION:
        print_duration(options, setting, *(const uint64_t *)place);
        break;
    case LEVEL:
        print_line(options, setting, levels[*(const enum oat_log_level *)place]);
        break;
    case RATE:
        snprintf(rate, sizeof rate, "%g", *(const double *)place);
        print_line(options, setting, *(const double *)place > 0 ? rate : "off");
        break;
    }
}
