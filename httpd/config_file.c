#include "httpd/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "compactor/amount.h"
#include "httpd/settings.h"
#include "reader/filter_number.h"

#define SPANS_MAX 1e9

/* A file that is being read. */
struct reading {
    struct oat_options *options;
    const char *path, *folder;
    yaml_document_t document;
    char *ret_error;
    size_t error_size;
};

/* ---- Nodes --------------------------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static bool fail(struct reading *r, const yaml_mark_t *mark,
                                                       const char *format, ...)
{
    char message[400];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    snprintf(r->ret_error, r->error_size, "%.200s:%zu:%zu: %s", r->path, mark->line + 1, mark->column + 1,
             message);
    return false;
}

static yaml_node_t *node_of(struct reading *r, int id)
{
    return yaml_document_get_node(&r->document, id);
}

/* A text without NUL; NULL: it is something else, or null. Borrowed from the document. */
static const char *text_of(const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE)
        return NULL;
    const char *text = (const char *)node->data.scalar.value;
    bool plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    bool null = plain && (!*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
    return null || strlen(text) != node->data.scalar.length ? NULL : text;
}

/* What reads the value of a key. */
typedef bool read_pair_fn(struct reading *r, const yaml_node_t *key, const char *name, yaml_node_t *value,
                          void *arg);

static bool read_mapping(struct reading *r, yaml_node_t *node, const char *what, read_pair_fn *read,
                         void *arg)
{
    if (node->type != YAML_MAPPING_NODE)
        return fail(r, &node->start_mark, "expected %s: keys with values", what);
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top;
         pair++) {
        const yaml_node_t *key = node_of(r, pair->key);
        const char *name = text_of(key);
        if (!name)
            return fail(r, &key->start_mark, "expected a name as key");
        for (yaml_node_pair_t *other = node->data.mapping.pairs.start; other < pair; other++)
            if (strcmp(text_of(node_of(r, other->key)), name) == 0)
                return fail(r, &key->start_mark, "\"%.80s\" is given twice", name);
        if (!read(r, key, name, node_of(r, pair->value), arg))
            return false;
    }
    return true;
}

/* ---- Settings ------------------------------------------------------------------------------------ */

static bool take(struct reading *r, size_t setting, const yaml_node_t *node)
{
    char why[300];
    const char *value = text_of(node);
    const char *name = oat_setting_name(setting);
    if (!value)
        return fail(r, &node->start_mark, "%s: expected a text", name);
    return oat_setting_take(r->options, setting, OAT_FROM_FILE, value, r->folder, name, why, sizeof why) ||
           fail(r, &node->start_mark, "%s", why);
}

static bool read_setting(struct reading *r, size_t setting, const yaml_node_t *node)
{
    if (node->type != YAML_SEQUENCE_NODE || !oat_setting_is_list(setting))
        return take(r, setting, node);
    for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top;
         item++)
        if (!take(r, setting, node_of(r, *item)))
            return false;
    return true;
}

/* ---- Projects ------------------------------------------------------------------------------------ */

static bool read_project_value(struct oat_project_options *project, struct reading *r, const char *name,
                               const char *value, const char **ret_expected)
{
    if (strcmp(name, "dir") == 0) {
        *ret_expected = "a folder";
        project->dir = *value ? oat_options_path(r->options, r->folder, value) : NULL;
        return project->dir != NULL;
    }
    if (strcmp(name, "retain") == 0) {
        *ret_expected = "a time like 30d, 12w or 48h";
        return oat_amount_of_time(value, &project->retention.keep_ns);
    }
    if (strcmp(name, "max_bytes") == 0) {
        *ret_expected = "a size like 50G or 800M";
        return oat_amount_of_bytes(value, &project->retention.max_bytes);
    }
    *ret_expected = "a number above 0";
    return oat_filter_real_parse((oat_text){value, strlen(value)}, OAT_UNITS_NONE,
                                 &project->ingest_spans_per_s) &&
           project->ingest_spans_per_s > 0 && project->ingest_spans_per_s <= SPANS_MAX;
}

static bool read_project_pair(struct reading *r, const yaml_node_t *key, const char *name, yaml_node_t *node,
                              void *arg)
{
    static const char *const names[] = {"dir", "retain", "max_bytes", "ingest_spans_per_s"};
    const char *expected, *value = text_of(node);
    bool known = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        known |= strcmp(name, names[i]) == 0;
    if (!known)
        return fail(r, &key->start_mark,
                    "unknown key \"%.80s\": a project has dir, retain, max_bytes, ingest_spans_per_s", name);
    if (!value)
        return fail(r, &node->start_mark, "%s: expected a text", name);
    return read_project_value(arg, r, name, value, &expected) ||
           fail(r, &node->start_mark, "%s \"%.80s\": expected %s", name, value, expected);
}

static bool read_project(struct reading *r, const yaml_node_t *key, const char *name, yaml_node_t *node,
                         void *arg)
{
    struct oat_options *options = r->options;
    bool is_default = strcmp(name, options->projects[0].name) == 0;
    struct oat_project_options *project = &options->projects[is_default ? 0 : options->project_count];
    (void)arg;
    if (!oat_name_is_good(name))
        return fail(r, &key->start_mark,
                    "\"%.80s\" is no name: expected 1 to %d letters, digits, '.', '_' and '-'", name,
                    OAT_NAME_SIZE - 1);
    if (!is_default && options->project_count == OAT_PROJECTS_MAX)
        return fail(r, &key->start_mark, "more than %u projects", OAT_PROJECTS_MAX);
    snprintf(project->name, sizeof project->name, "%s", name);
    if (!read_mapping(r, node, "a project", read_project_pair, project))
        return false;
    if (!is_default && !project->dir)
        return fail(r, &node->start_mark, "project %s has no dir", name);
    options->project_count += !is_default;
    return true;
}

/* ---- The file ------------------------------------------------------------------------------------ */

static bool read_pair(struct reading *r, const yaml_node_t *key, const char *name, yaml_node_t *node,
                      void *arg)
{
    (void)arg;
    if (strcmp(name, "projects") == 0)
        return read_mapping(r, node, "projects", read_project, NULL);
    size_t setting = oat_setting_find(name);
    if (setting < oat_setting_count())
        return read_setting(r, setting, node);
    const char *nearest = oat_setting_nearest(name);
    return fail(r, &key->start_mark, "unknown key \"%.80s\"%s%s%s", name, nearest ? ": did you mean " : "",
                nearest ? nearest : "", nearest ? "?" : "");
}

static bool read_document(struct reading *r, yaml_parser_t *parser)
{
    yaml_document_t next;
    yaml_node_t *root = yaml_document_get_root_node(&r->document);
    if (root && !read_mapping(r, root, "settings", read_pair, NULL))
        return false;
    if (!root)
        return true;
    yaml_mark_t end = r->document.end_mark;
    bool loaded = yaml_parser_load(parser, &next);
    bool more = loaded && yaml_document_get_root_node(&next);
    if (loaded)
        yaml_document_delete(&next);
    if (!loaded)
        return fail(r, &parser->problem_mark, "%s", parser->problem ? parser->problem : "no YAML");
    return !more || fail(r, &end, "a second document begins here");
}

bool oat_config_text_read(struct oat_options *options, const char *path, const char *text, size_t len,
                          char *ret_error, size_t error_size)
{
    struct reading r = {.options = options, .path = path, .ret_error = ret_error, .error_size = error_size};
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, slash > path ? (size_t)(slash - path) : 1) : strdup(".");
    yaml_parser_t parser;
    r.folder = folder;
    if (!folder || !yaml_parser_initialize(&parser)) {
        snprintf(ret_error, error_size, "%.200s: %s", path, strerror(ENOMEM));
        free(folder);
        return false;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    bool ok = yaml_parser_load(&parser, &r.document);
    if (ok) {
        ok = read_document(&r, &parser);
        yaml_document_delete(&r.document);
    } else {
        fail(&r, &parser.problem_mark, "%s", parser.problem ? parser.problem : "no YAML");
    }
    yaml_parser_delete(&parser);
    free(folder);
    return ok;
}

static bool fail_errno(const char *path, char *ret_error, size_t error_size)
{
    snprintf(ret_error, error_size, "%.200s: %s", path, strerror(errno));
    return false;
}

/* A folder stands for the file of the name in it. */
static bool open_file(struct oat_options *options, const char *name, int *ret_fd)
{
    struct stat file;
    if (options->config && stat(options->config, &file) == 0 && S_ISDIR(file.st_mode))
        options->config = oat_options_path(options, options->config, name);
    *ret_fd = options->config ? open(options->config, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
    return *ret_fd >= 0;
}

bool oat_config_file_read(struct oat_options *options, const char *name, char *ret_error, size_t error_size)
{
    int fd;
    if (!open_file(options, name, &fd))
        return fail_errno(options->config ? options->config : name, ret_error, error_size);
    char *text = malloc(OAT_CONFIG_MAX_BYTES + 1);
    size_t len = 0;
    ssize_t n = text ? 1 : -1;
    while (n > 0 && len <= OAT_CONFIG_MAX_BYTES) {
        n = read(fd, text + len, OAT_CONFIG_MAX_BYTES + 1 - len);
        len += n > 0 ? (size_t)n : 0;
    }
    bool ok = n >= 0 || fail_errno(options->config, ret_error, error_size);
    if (ok && len > OAT_CONFIG_MAX_BYTES) {
        snprintf(ret_error, error_size, "%.200s: more than %u bytes", options->config, OAT_CONFIG_MAX_BYTES);
        ok = false;
    }
    ok = ok && oat_config_text_read(options, options->config, text, len, ret_error, error_size);
    free(text);
    close(fd);
    return ok;
}
