#include "config/yaml_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool oat_yaml_fail(struct oat_yaml *yaml, const yaml_mark_t *mark, const char *format, ...)
{
    char message[400];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    snprintf(yaml->ret_error, yaml->error_size, "%.200s:%zu:%zu: %s", yaml->path, mark->line + 1,
             mark->column + 1, message);
    return false;
}

/* ---- Nodes --------------------------------------------------------------------------------------- */

static yaml_node_t *node_of(struct oat_yaml *yaml, int id)
{
    return yaml_document_get_node(&yaml->document, id);
}

const char *oat_yaml_text(const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE)
        return NULL;
    const char *text = (const char *)node->data.scalar.value;
    bool plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    bool null = plain && (!*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
    return null || strlen(text) != node->data.scalar.length ? NULL : text;
}

bool oat_yaml_mapping(struct oat_yaml *yaml, yaml_node_t *node, const char *what, oat_yaml_pair_fn *fn,
                      void *arg)
{
    if (node->type != YAML_MAPPING_NODE)
        return oat_yaml_fail(yaml, &node->start_mark, "expected %s: keys with values", what);
    const yaml_node_pair_t *start = node->data.mapping.pairs.start;
    if (node->data.mapping.pairs.top - start > OAT_YAML_MAX_KEYS)
        return oat_yaml_fail(yaml, &node->start_mark, "more than %d keys", OAT_YAML_MAX_KEYS);
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top;
         pair++) {
        const yaml_node_t *key = node_of(yaml, pair->key);
        const char *name = oat_yaml_text(key);
        if (!name)
            return oat_yaml_fail(yaml, &key->start_mark, "expected a name as key");
        for (const yaml_node_pair_t *other = start; other < pair; other++)
            if (strcmp(oat_yaml_text(node_of(yaml, other->key)), name) == 0)
                return oat_yaml_fail(yaml, &key->start_mark, "\"%.80s\" is given twice", name);
        if (!fn(yaml, key, name, node_of(yaml, pair->value), arg))
            return false;
    }
    return true;
}

bool oat_yaml_list(struct oat_yaml *yaml, yaml_node_t *node, oat_yaml_node_fn *fn, void *arg)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return fn(yaml, node, arg);
    for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top;
         item++)
        if (!fn(yaml, node_of(yaml, *item), arg))
            return false;
    return true;
}

/* ---- The file ------------------------------------------------------------------------------------ */

static bool refuse_text(struct oat_yaml *yaml, const yaml_parser_t *parser)
{
    return oat_yaml_fail(yaml, &parser->problem_mark, "%s", parser->problem ? parser->problem : "no YAML");
}

/* Nothing may follow the document. */
static bool check_end(struct oat_yaml *yaml, yaml_parser_t *parser)
{
    yaml_document_t next;
    yaml_mark_t end = yaml->document.end_mark;
    if (!yaml_parser_load(parser, &next))
        return refuse_text(yaml, parser);
    bool more = yaml_document_get_root_node(&next) != NULL;
    yaml_document_delete(&next);
    return !more || oat_yaml_fail(yaml, &end, "a second document begins here");
}

bool oat_yaml_read(struct oat_yaml *yaml, oat_yaml_node_fn *fn, void *arg)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        snprintf(yaml->ret_error, yaml->error_size, "%.200s: %s", yaml->path, strerror(ENOMEM));
        return false;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml->text, yaml->len);
    bool ok = yaml_parser_load(&parser, &yaml->document);
    if (ok) {
        yaml_node_t *root = yaml_document_get_root_node(&yaml->document);
        ok = !root || (fn(yaml, root, arg) && check_end(yaml, &parser));
        yaml_document_delete(&yaml->document);
    } else {
        refuse_text(yaml, &parser);
    }
    yaml_parser_delete(&parser);
    return ok;
}

char *oat_yaml_load(const char *path, size_t *ret_len, char *ret_error, size_t error_size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    char *text = fd >= 0 ? malloc(OAT_YAML_MAX_BYTES + 1) : NULL;
    size_t len = 0;
    ssize_t n = text ? 1 : -1;
    while (n > 0 && len <= OAT_YAML_MAX_BYTES) {
        n = read(fd, text + len, OAT_YAML_MAX_BYTES + 1 - len);
        len += n > 0 ? (size_t)n : 0;
    }
    int error = n < 0 ? errno : 0;
    bool too_long = len > OAT_YAML_MAX_BYTES;
    if (fd >= 0)
        close(fd);
    if (error != 0)
        snprintf(ret_error, error_size, "%.200s: %s", path, strerror(error));
    else if (too_long)
        snprintf(ret_error, error_size, "%.200s: more than %u bytes", path, OAT_YAML_MAX_BYTES);
    if (error != 0 || too_long) {
        free(text);
        text = NULL;
    }
    errno = error;
    *ret_len = len;
    return text;
}
