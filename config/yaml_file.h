/* Reading files of settings in YAML: what is wrong is told with file, line and column. */
#ifndef OAT_CONFIG_YAML_FILE_H
#define OAT_CONFIG_YAML_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

#define OAT_YAML_MAX_BYTES (1u << 20)
#define OAT_YAML_MAX_KEYS  10000 /* of one mapping */

/* A file that is being read. */
struct oat_yaml {
    const char *path; /* for errors; borrowed, as is the text */
    const char *text;
    size_t len;
    yaml_document_t document;
    char *ret_error;
    size_t error_size;
};

/* Reads a value of a mapping; name: its key's text. False: told by oat_yaml_fail. */
typedef bool oat_yaml_pair_fn(struct oat_yaml *yaml, const yaml_node_t *key, const char *name,
                              yaml_node_t *value, void *arg);

/* Reads a node: an item of a list, the root; likewise. */
typedef bool oat_yaml_node_fn(struct oat_yaml *yaml, yaml_node_t *node, void *arg);

/* Sets the error: "path:line:column: ...". Returns false. */
__attribute__((format(printf, 3, 4))) bool oat_yaml_fail(struct oat_yaml *yaml, const yaml_mark_t *mark,
                                                         const char *format, ...);

/* A text without NUL; NULL: the node is something else, or null. Borrowed from the document. */
const char *oat_yaml_text(const yaml_node_t *node);

/* Calls fn for each pair, in order; a key that is no name or is given twice is refused. what: what the node
 * should be, for the error. */
bool oat_yaml_mapping(struct oat_yaml *yaml, yaml_node_t *node, const char *what, oat_yaml_pair_fn *fn,
                      void *arg);

/* Calls fn for each item of a list, or for the one node that stands for a list of one. */
bool oat_yaml_list(struct oat_yaml *yaml, yaml_node_t *node, oat_yaml_node_fn *fn, void *arg);

/* Reads a text that is one document at most; fn: its root. path, text, len, ret_error and error_size are set.
 * False: told. */
bool oat_yaml_read(struct oat_yaml *yaml, oat_yaml_node_fn *fn, void *arg);

/* The bytes of a file of OAT_YAML_MAX_BYTES at most; free() them. NULL sets *ret_error, and errno when it
 * cannot be read. */
char *oat_yaml_load(const char *path, size_t *ret_len, char *ret_error, size_t error_size);

#endif
