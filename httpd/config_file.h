/* oat-httpd.yaml: a mapping of settings (settings.h) and `projects`, a mapping of names to {dir, retain,
 * max_bytes, ingest_spans_per_s}. Lists are written as such or, of one, as a text. Unknown keys and keys
 * given twice are refused. Paths in it start from its folder. */
#ifndef OAT_HTTPD_CONFIG_FILE_H
#define OAT_HTTPD_CONFIG_FILE_H

#include "httpd/options.h"

/* Reads options->config; when that is a folder, the file of the name in it, and options->config becomes that.
 * False: *ret_error says what is wrong, with file, line and column. */
bool oat_config_file_read(struct oat_options *options, const char *name, char *ret_error, size_t error_size);

/* As above, of a text; path: for errors and to start paths from. */
bool oat_config_text_read(struct oat_options *options, const char *path, const char *text, size_t len,
                          char *ret_error, size_t error_size);

#endif
