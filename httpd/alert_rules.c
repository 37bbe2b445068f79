#include "httpd/alert_rules.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/yaml_file.h"
#include "httpd/alert_query.h"
#include "httpd/project.h"
#include "reader/filter_number.h"
#include "reader/query_plan.h"
#include "writer/clock.h"

#define NS_DIGITS        9u
#define MS_PER_S         1000.0
#define EVERY_NS         (60 * OAT_NS_PER_S)
#define LEAST_NS         OAT_NS_PER_S
#define AGGREGATE_MAX    100u /* bytes */
#define HEADER_MAX_BYTES 4096u
#define SHOWN_MAX        4096u /* bytes of a rule's text */

struct reading {
    const struct oat_options *options;
    struct oat_alert_rules *rules;
    yaml_node_t *webhooks, *alerts;
};

/* A rule, and where in the file it says what has to be looked at in the end. */
struct draft {
    const struct reading *reading;
    struct oat_alert_rule *rule;
    yaml_node_t *filter, *aggregate, *by, *threshold, *resolve;
};

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* A text of the file that stays. NULL: told. */
static const char *keep(struct oat_yaml *yaml, const yaml_node_t *node, const struct reading *reading,
                        const char *what)
{
    const char *text = oat_yaml_text(node);
    const char *kept = text ? oat_arena_copy(&reading->rules->texts, text, strlen(text)) : NULL;
    if (!kept)
        oat_yaml_fail(yaml, &node->start_mark, text ? "%s: out of memory" : "%s: expected a text", what);
    return kept;
}

/* ---- Webhooks ------------------------------------------------------------------------------------ */

struct webhook {
    const struct reading *reading;
    struct oat_webhook_options *options;
};

/* What libcurl is given as a line of the request must be one. */
static bool read_header(struct oat_yaml *yaml, const yaml_node_t *key, const char *name, yaml_node_t *node,
                        void *arg)
{
    static const char token[] =
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const struct webhook *webhook = arg;
    const char *value = oat_yaml_text(node);
    if (name[0] == '\0' || name[strspn(name, token)] != '\0')
        return oat_yaml_fail(yaml, &key->start_mark, "\"%.80s\" is no name of a header", name);
    if (!value || !*value || strlen(value) > HEADER_MAX_BYTES || strpbrk(value, "\r\n"))
        return oat_yaml_fail(yaml, &node->start_mark, "%s: expected a line of text", name);
    if (webhook->options->header_count == OAT_WEBHOOK_HEADERS_MAX)
        return oat_yaml_fail(yaml, &key->start_mark, "more than %u headers", OAT_WEBHOOK_HEADERS_MAX);
    const char *line = oat_arena_printf(&webhook->reading->rules->texts, "%s: %s", name, value);
    webhook->options->headers[webhook->options->header_count++] = line;
    return line || oat_yaml_fail(yaml, &node->start_mark, "%s: out of memory", name);
}

static bool read_webhook_pair(struct oat_yaml *yaml, const yaml_node_t *key, const char *name,
                              yaml_node_t *node, void *arg)
{
    const struct webhook *webhook = arg;
    if (is(name, "headers"))
        return oat_yaml_mapping(yaml, node, "headers", read_header, arg);
    if (!is(name, "url"))
        return oat_yaml_fail(yaml, &key->start_mark, "unknown key \"%.80s\": a webhook has url, headers",
                             name);
    const char *url = webhook->options->url = keep(yaml, node, webhook->reading, "url");
    return url &&
           (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0 ||
            oat_yaml_fail(yaml, &node->start_mark, "url: expected one that begins with https:// or http://"));
}

static bool read_webhook(struct oat_yaml *yaml, const yaml_node_t *key, const char *name, yaml_node_t *node,
                         void *arg)
{
    const struct reading *reading = arg;
    struct oat_alert_rules *rules = reading->rules;
    if (!oat_name_is_good(name))
        return oat_yaml_fail(yaml, &key->start_mark, "\"%.80s\" is no name", name);
    if (rules->webhook_count == OAT_ALERT_WEBHOOKS_MAX)
        return oat_yaml_fail(yaml, &key->start_mark, "more than %u webhooks", OAT_ALERT_WEBHOOKS_MAX);
    struct webhook webhook = {reading, &rules->webhooks[rules->webhook_count++]};
    snprintf(webhook.options->name, sizeof webhook.options->name, "%s", name);
    return oat_yaml_mapping(yaml, node, "a webhook", read_webhook_pair, &webhook) &&
           (webhook.options->url || oat_yaml_fail(yaml, &node->start_mark, "webhook %s has no url", name));
}

/* ---- Values of a rule ---------------------------------------------------------------------------- */

static bool read_duration(struct oat_yaml *yaml, yaml_node_t *node, const char *what, uint64_t least_ns,
                          uint64_t *ret)
{
    struct oat_filter_number number;
    const char *text = oat_yaml_text(node);
    if (!text ||
        !oat_filter_number_parse((oat_text){text, strlen(text)}, OAT_UNITS_DURATION, NS_DIGITS, &number) ||
        number.floor < (int64_t)least_ns || (uint64_t)number.floor > OAT_ALERT_WINDOW_MAX_NS)
        return oat_yaml_fail(yaml, &node->start_mark, "%s: expected a duration from %s to 32d: 30s, 5m, 1d",
                             what, least_ns > 0 ? "1s" : "0s");
    *ret = (uint64_t)number.floor;
    return true;
}

static bool read_window(struct oat_yaml *yaml, yaml_node_t *node, struct oat_alert_rule *rule)
{
    const char *text = oat_yaml_text(node);
    rule->window = text && is(text, "day")     ? OAT_WINDOW_DAY
                   : text && is(text, "month") ? OAT_WINDOW_MONTH
                                               : OAT_WINDOW_ROLLING;
    return rule->window != OAT_WINDOW_ROLLING ||
           read_duration(yaml, node, "window (or day, or month)", LEAST_NS, &rule->window_ns);
}

static bool read_no_data(struct oat_yaml *yaml, yaml_node_t *node, struct oat_alert_rule *rule)
{
    static const char *const names[] = {
        [OAT_NO_DATA_RESOLVE] = "resolve", [OAT_NO_DATA_FIRE] = "fire", [OAT_NO_DATA_KEEP] = "keep"};
    const char *text = oat_yaml_text(node);
    for (unsigned i = 0; text && i < sizeof names / sizeof *names; i++)
        if (is(text, names[i])) {
            rule->no_data = (enum oat_alert_no_data)i;
            return true;
        }
    return oat_yaml_fail(yaml, &node->start_mark, "no_data: expected resolve, fire or keep");
}

static bool read_project(struct oat_yaml *yaml, yaml_node_t *node, struct draft *draft)
{
    const struct oat_options *options = draft->reading->options;
    const char *text = oat_yaml_text(node);
    for (size_t i = 0; text && i < options->project_count; i++)
        if (is(text, options->projects[i].name)) {
            strcpy(draft->rule->project, options->projects[i].name);
            return true;
        }
    return oat_yaml_fail(yaml, &node->start_mark, "project: there is none of this name");
}

static bool read_by(struct oat_yaml *yaml, yaml_node_t *node, void *arg)
{
    const struct draft *draft = arg;
    struct oat_alert_rule *rule = draft->rule;
    if (rule->by_count == OAT_ALERT_GROUPS_MAX)
        return oat_yaml_fail(yaml, &node->start_mark, "by: more than %u fields", OAT_ALERT_GROUPS_MAX);
    rule->by[rule->by_count] = keep(yaml, node, draft->reading, "by");
    return rule->by[rule->by_count++] != NULL;
}

static bool read_rule_webhook(struct oat_yaml *yaml, yaml_node_t *node, void *arg)
{
    const struct draft *draft = arg;
    const struct oat_alert_rules *rules = draft->reading->rules;
    const char *text = oat_yaml_text(node);
    for (size_t i = 0; text && i < rules->webhook_count; i++)
        if (is(text, rules->webhooks[i].name)) {
            draft->rule->webhooks |= 1u << i;
            return true;
        }
    return oat_yaml_fail(yaml, &node->start_mark, "webhook: there is none of this name");
}

static bool set_threshold(struct oat_yaml *yaml, const yaml_node_t *key, yaml_node_t *node,
                          struct draft *draft, bool is_below)
{
    if (draft->threshold)
        return oat_yaml_fail(yaml, &key->start_mark, "above and below exclude each other");
    draft->threshold = node;
    draft->rule->is_below = is_below;
    return true;
}

static bool read_rule_pair(struct oat_yaml *yaml, const yaml_node_t *key, const char *name, yaml_node_t *node,
                           void *arg)
{
    struct draft *draft = arg;
    struct oat_alert_rule *rule = draft->rule;
    if (is(name, "project"))
        return read_project(yaml, node, draft);
    if (is(name, "filter"))
        return (rule->filter = keep(yaml, draft->filter = node, draft->reading, name)) != NULL;
    if (is(name, "aggregate"))
        return (rule->aggregate = keep(yaml, draft->aggregate = node, draft->reading, name)) != NULL;
    if (is(name, "by"))
        return oat_yaml_list(yaml, draft->by = node, read_by, draft);
    if (is(name, "window"))
        return read_window(yaml, node, rule);
    if (is(name, "above") || is(name, "below"))
        return set_threshold(yaml, key, node, draft, is(name, "below"));
    if (is(name, "resolve")) {
        draft->resolve = node;
        return true;
    }
    if (is(name, "for"))
        return read_duration(yaml, node, name, 0, &rule->for_ns);
    if (is(name, "every"))
        return read_duration(yaml, node, name, LEAST_NS, &rule->every_ns);
    if (is(name, "no_data"))
        return read_no_data(yaml, node, rule);
    if (is(name, "webhook"))
        return oat_yaml_list(yaml, node, read_rule_webhook, draft);
    return oat_yaml_fail(yaml, &key->start_mark,
                         "unknown key \"%.80s\": a rule has project, filter, aggregate, by, window, above, "
                         "below, resolve, for, every, no_data, webhook",
                         name);
}

/* ---- The rule as a whole ------------------------------------------------------------------------- */

/* A number in the unit of the aggregate, or with one of its own. */
static bool read_number(struct oat_yaml *yaml, yaml_node_t *node, const char *what, const char *unit,
                        double *ret)
{
    bool is_duration = unit && is(unit, "ms");
    const char *text = oat_yaml_text(node);
    if (!text ||
        !oat_filter_real_parse((oat_text){text, strlen(text)},
                               is_duration ? OAT_UNITS_DURATION : OAT_UNITS_NONE, ret) ||
        !isfinite(*ret))
        return oat_yaml_fail(yaml, &node->start_mark, "%s: expected a %s", what,
                             is_duration ? "duration: 800ms, 2s" : "number");
    *ret *= is_duration ? MS_PER_S : 1;
    return true;
}

static bool fail_query(struct oat_yaml *yaml, const yaml_node_t *node, const char *what,
                       const oat_filter_error *error)
{
    return oat_yaml_fail(yaml, &node->start_mark, "%s, character %zu: %s", what, error->column,
                         error->message);
}

/* Is it a query that can be answered, by a number? Sets the unit of that. */
static bool check_query(struct oat_yaml *yaml, struct draft *draft)
{
    struct oat_alert_rule *rule = draft->rule;
    struct oat_alert_query query;
    struct oat_query_plan plan;
    oat_filter_error wrong;
    oat_span_query_error error;
    bool ok = oat_alert_query_make(rule, oat_clock_wall_ns(), &query, &wrong) == OAT_OK;
    if (!ok) {
        oat_alert_query_free(&query);
        return fail_query(yaml, draft->filter, "filter", &wrong);
    }
    ok = oat_query_plan_make(&query.query, &plan, &error) == OAT_OK;
    if (!ok) {
        bool by = error.part == OAT_QUERY_OF_GROUP_BY;
        fail_query(yaml, by ? draft->by : draft->aggregate, by ? "by" : "aggregate", &error.text);
    } else {
        const oat_query_column *column = &plan.columns[rule->by_count];
        rule->unit = column->unit;
        ok =
            column->type == OAT_QUERY_INTEGER || column->type == OAT_QUERY_NUMBER ||
            oat_yaml_fail(yaml, &draft->aggregate->start_mark, "aggregate: %s is no number", rule->aggregate);
    }
    oat_query_plan_free(&plan);
    oat_alert_query_free(&query);
    return ok;
}

static bool check_rule(struct oat_yaml *yaml, const yaml_node_t *key, struct draft *draft)
{
    struct oat_alert_rule *rule = draft->rule;
    if (!draft->aggregate || !draft->threshold)
        return oat_yaml_fail(yaml, &key->start_mark, "rule %s has no %s", rule->name,
                             draft->aggregate ? "threshold: above or below" : "aggregate");
    if (strlen(rule->aggregate) > AGGREGATE_MAX)
        return oat_yaml_fail(yaml, &draft->aggregate->start_mark, "aggregate: more than %u bytes",
                             AGGREGATE_MAX);
    if (!check_query(yaml, draft) || !read_number(yaml, draft->threshold, rule->is_below ? "below" : "above",
                                                  rule->unit, &rule->threshold))
        return false;
    rule->resolve = rule->threshold;
    if (draft->resolve && !read_number(yaml, draft->resolve, "resolve", rule->unit, &rule->resolve))
        return false;
    if (rule->is_below ? rule->resolve < rule->threshold : rule->resolve > rule->threshold)
        return oat_yaml_fail(yaml, &draft->resolve->start_mark, "resolve: expected %s, or what is better",
                             rule->is_below ? "what below says" : "what above says");
    return true;
}

/* Where the character of a number begins. */
static const char *at_index(const struct oat_yaml *yaml, size_t index)
{
    const char *at = yaml->text, *end = yaml->text + yaml->len;
    while (at < end && index-- > 0)
        for (at++; at < end && (*at & 0xc0) == 0x80;)
            at++;
    return at;
}

static const char *trim_end(const char *from, const char *to)
{
    while (to > from && strchr(" \r\n", to[-1]))
        to--;
    return to;
}

static bool is_comment(const char *line, const char *end)
{
    while (line < end && *line == ' ')
        line++;
    return line < end && *line == '#';
}

/* A rule as it stands in the file, and nothing of what is beside it, where secrets may be. Comments behind it
 * are of the next one. In another encoding than UTF-8 characters have other places: then nothing is shown. */
static const char *cut_rule(const struct oat_yaml *yaml, const struct reading *reading,
                            const yaml_node_t *key, const yaml_node_t *node)
{
    const char *begin = at_index(yaml, key->start_mark.index), *from = begin;
    const char *to = trim_end(from, at_index(yaml, node->end_mark.index));
    while (from > yaml->text && from[-1] == ' ')
        from--;
    if (from > yaml->text && from[-1] != '\n')
        from = begin;
    for (const char *line; (line = memrchr(from, '\n', (size_t)(to - from))) != NULL;) {
        if (!is_comment(line + 1, to))
            break;
        to = trim_end(from, line);
    }
    if (yaml->len >= 2 && (uint8_t)yaml->text[0] >= 0xef)
        to = from;
    size_t len = (size_t)(to - from) < SHOWN_MAX ? (size_t)(to - from) : SHOWN_MAX;
    return oat_arena_copy(&reading->rules->texts, from, len);
}

static bool read_rule(struct oat_yaml *yaml, const yaml_node_t *key, const char *name, yaml_node_t *node,
                      void *arg)
{
    const struct reading *reading = arg;
    struct oat_alert_rules *rules = reading->rules;
    if (!oat_name_is_good(name))
        return oat_yaml_fail(yaml, &key->start_mark,
                             "\"%.80s\" is no name: expected 1 to %d letters, digits, '.', '_' and '-'", name,
                             OAT_NAME_SIZE - 1);
    if (rules->count == OAT_ALERT_RULES_MAX)
        return oat_yaml_fail(yaml, &key->start_mark, "more than %u rules", OAT_ALERT_RULES_MAX);
    struct draft draft = {.reading = reading, .rule = &rules->all[rules->count++]};
    *draft.rule = (struct oat_alert_rule){
        .project = OAT_PROJECT_DEFAULT,
        .filter = "",
        .window_ns = OAT_NS_PER_S * 3600,
        .every_ns = EVERY_NS,
        .line = key->start_mark.line + 1,
        .yaml = cut_rule(yaml, reading, key, node),
    };
    snprintf(draft.rule->name, sizeof draft.rule->name, "%s", name);
    if (!draft.rule->yaml)
        return oat_yaml_fail(yaml, &key->start_mark, "out of memory");
    return oat_yaml_mapping(yaml, node, "a rule", read_rule_pair, &draft) && check_rule(yaml, key, &draft);
}

/* ---- The file ------------------------------------------------------------------------------------ */

static bool read_pair(struct oat_yaml *yaml, const yaml_node_t *key, const char *name, yaml_node_t *node,
                      void *arg)
{
    struct reading *reading = arg;
    if (is(name, "webhooks"))
        reading->webhooks = node;
    else if (is(name, "alerts"))
        reading->alerts = node;
    else
        return oat_yaml_fail(yaml, &key->start_mark, "unknown key \"%.80s\": expected alerts, webhooks",
                             name);
    return true;
}

/* Rules name webhooks, wherever these stand. */
static bool read_root(struct oat_yaml *yaml, yaml_node_t *root, void *arg)
{
    const struct reading *reading = arg;
    return oat_yaml_mapping(yaml, root, "alerts and webhooks", read_pair, arg) &&
           (!reading->webhooks || oat_yaml_mapping(yaml, reading->webhooks, "webhooks", read_webhook, arg)) &&
           (!reading->alerts || oat_yaml_mapping(yaml, reading->alerts, "alerts", read_rule, arg));
}

bool oat_alert_rules_read_text(const struct oat_options *options, const char *path, const char *text,
                               size_t len, struct oat_alert_rules *ret, char *ret_error, size_t error_size)
{
    struct oat_yaml yaml = {
        .path = path, .text = text, .len = len, .ret_error = ret_error, .error_size = error_size};
    struct reading reading = {.options = options, .rules = ret};
    ret->all = calloc(OAT_ALERT_RULES_MAX, sizeof *ret->all);
    if (ret->all)
        return oat_yaml_read(&yaml, read_root, &reading);
    snprintf(ret_error, error_size, "%.200s: %s", path, oat_result_text(OAT_E_NOMEM));
    return false;
}

char *oat_alert_rules_path(const struct oat_options *options)
{
    const char *slash = options->config ? strrchr(options->config, '/') : NULL;
    char *path = NULL;
    if (options->alerts)
        return strdup(options->alerts);
    if (options->config && asprintf(&path, "%.*s" OAT_ALERTS_NAME,
                                    slash ? (int)(slash - options->config) + 1 : 0, options->config) < 0)
        return NULL;
    if (path && access(path, F_OK) == 0)
        return path;
    free(path);
    if (asprintf(&path, "%s/" OAT_ALERTS_NAME, options->dir) < 0)
        return NULL;
    if (access(path, F_OK) == 0)
        return path;
    free(path);
    return NULL;
}

bool oat_alert_rules_read(const struct oat_options *options, struct oat_alert_rules *ret, char *ret_error,
                          size_t error_size)
{
    char *path = oat_alert_rules_path(options);
    size_t len;
    if (!path)
        return true;
    char *text = oat_yaml_load(path, &len, ret_error, error_size);
    bool ok = text && oat_alert_rules_read_text(options, path, text, len, ret, ret_error, error_size);
    free(text);
    free(path);
    return ok;
}

void oat_alert_rules_free(struct oat_alert_rules *rules)
{
    oat_arena_clear(&rules->texts);
    free(rules->all);
    *rules = (struct oat_alert_rules){0};
}
