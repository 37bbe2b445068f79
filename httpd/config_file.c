#include "httpd/config_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compactor/amount.h"
#include "config/yaml_file.h"
#include "httpd/settings.h"
#include "reader/filter_number.h"

#define SPANS_MAX 1e9

/* What is read, and what relative paths start from. */
struct reading {
    struct oat_options *options;
    const char *folder;
};

/* ---- Settings ------------------------------------------------------------------------------------ */

struct setting {
    const struct reading *reading;
    size_t number;
};

static bool take(struct oat_yaml *yaml, yaml_node_t *node, void *arg)
{
    const struct setting *setting = arg;
    char why[300];
    const char *value = oat_yaml_text(node);
    const char *name = oat_setting_name(setting->number);
    if (!value)
        return oat_yaml_fail(yaml, &node->start_mark, "%s: expected a text", name);
    return oat_setting_take(setting->reading->options, setting->number, OAT_FROM_FILE, value,
                            setting->reading->folder, name, why, sizeof why) ||
           oat_yaml_fail(yaml, &node->start_mark, "%s", why);
}

static bool read_setting(struct oat_yaml *yaml, struct setting setting, yaml_node_t *node)
{
    return oat_setting_is_list(setting.number) ? oat_yaml_list(yaml, node, take, &setting)
                                               : take(yaml, node, &setting);
}

/* ---- Projects ------------------------------------------------------------------------------------ */

struct project {
    const struct reading *reading;
    struct oat_project_options *options;
};

static bool read_project_value(const struct project *project, const char *name, const char *value,
                               const char **ret_expected)
{
    struct oat_project_options *options = project->options;
    if (strcmp(name, "dir") == 0) {
        *ret_expected = "a folder";
        options->dir =
            *value ? oat_options_path(project->reading->options, project->reading->folder, value) : NULL;
        return options->dir != NULL;
    }
    if (strcmp(name, "retain") == 0) {
        *ret_expected = "a time like 30d, 12w or 48h";
        return oat_amount_of_time(value, &options->retention.keep_ns);
    }
    if (strcmp(name, "max_bytes") == 0) {
        *ret_expected = "a size like 50G or 800M";
        return oat_amount_of_bytes(value, &options->retention.max_bytes);
    }
    *ret_expected = "a number above 0";
    return oat_filter_real_parse((oat_text){value, strlen(value)}, OAT_UNITS_NONE,
                                 &options->ingest_spans_per_s) &&
           options->ingest_spans_per_s > 0 && options->ingest_spans_per_s <= SPANS_MAX;
}

static bool read_project_pair(struct oat_yaml *yaml, const yaml_node_t *key, const char *name,
                              yaml_node_t *node, void *arg)
{
    static const char *const names[] = {"dir", "retain", "max_bytes", "ingest_spans_per_s"};
    const char *expected, *value = oat_yaml_text(node);
    bool known = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        known |= strcmp(name, names[i]) == 0;
    if (!known)
        return oat_yaml_fail(yaml, &key->start_mark,
                             "unknown key \"%.80s\": a project has dir, retain, max_bytes, "
                             "ingest_spans_per_s",
                             name);
    if (!value)
        return oat_yaml_fail(yaml, &node->start_mark, "%s: expected a text", name);
    return read_project_value(arg, name, value, &expected) ||
           oat_yaml_fail(yaml, &node->start_mark, "%s \"%.80s\": expected %s", name, value, expected);
}

static bool read_project(struct oat_yaml *yaml, const yaml_node_t *key, const char *name, yaml_node_t *node,
                         void *arg)
{
    const struct reading *reading = arg;
    struct oat_options *options = reading->options;
    bool is_default = strcmp(name, options->projects[0].name) == 0;
    struct project project = {reading, &options->projects[is_default ? 0 : options->project_count]};
    if (!oat_name_is_good(name))
        return oat_yaml_fail(yaml, &key->start_mark,
                             "\"%.80s\" is no name: expected 1 to %d letters, digits, '.', '_' and '-'", name,
                             OAT_NAME_SIZE - 1);
    if (!is_default && options->project_count == OAT_PROJECTS_MAX)
        return oat_yaml_fail(yaml, &key->start_mark, "more than %u projects", OAT_PROJECTS_MAX);
    snprintf(project.options->name, sizeof project.options->name, "%s", name);
    if (!oat_yaml_mapping(yaml, node, "a project", read_project_pair, &project))
        return false;
    if (!is_default && !project.options->dir)
        return oat_yaml_fail(yaml, &node->start_mark, "project %s has no dir", name);
    options->project_count += !is_default;
    return true;
}

/* ---- The file ------------------------------------------------------------------------------------ */

static bool read_pair(struct oat_yaml *yaml, const yaml_node_t *key, const char *name, yaml_node_t *node,
                      void *arg)
{
    if (strcmp(name, "projects") == 0)
        return oat_yaml_mapping(yaml, node, "projects", read_project, arg);
    size_t setting = oat_setting_find(name);
    if (setting < oat_setting_count())
        return read_setting(yaml, (struct setting){arg, setting}, node);
    const char *nearest = oat_setting_nearest(name);
    return oat_yaml_fail(yaml, &key->start_mark, "unknown key \"%.80s\"%s%s%s", name,
                         nearest ? ": did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

static bool read_root(struct oat_yaml *yaml, yaml_node_t *root, void *arg)
{
    return oat_yaml_mapping(yaml, root, "settings", read_pair, arg);
}

/* The folder of a path, or NULL: out of memory. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? strndup(path, slash > path ? (size_t)(slash - path) : 1) : strdup(".");
}

bool oat_config_text_read(struct oat_options *options, const char *path, const char *text, size_t len,
                          char *ret_error, size_t error_size)
{
    struct oat_yaml yaml = {
        .path = path, .text = text, .len = len, .ret_error = ret_error, .error_size = error_size};
    char *folder = folder_of(path);
    struct reading reading = {options, folder};
    if (!folder)
        snprintf(ret_error, error_size, "%.200s: %s", path, oat_result_text(OAT_E_NOMEM));
    bool ok = folder && oat_yaml_read(&yaml, read_root, &reading);
    free(folder);
    return ok;
}

bool oat_config_file_read(struct oat_options *options, const char *name, char *ret_error, size_t error_size)
{
    struct stat file;
    size_t len;
    /* A folder stands for the file of the name in it. */
    if (stat(options->config, &file) == 0 && S_ISDIR(file.st_mode))
        options->config = oat_options_path(options, options->config, name);
    if (!options->config) {
        snprintf(ret_error, error_size, "%.200s: %s", name, oat_result_text(OAT_E_NOMEM));
        return false;
    }
    char *text = oat_yaml_load(options->config, &len, ret_error, error_size);
    bool ok = text && oat_config_text_read(options, options->config, text, len, ret_error, error_size);
    free(text);
    return ok;
}
