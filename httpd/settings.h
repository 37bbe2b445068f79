/* Settings of the daemon. Each has one name, whoever gives it: tls_cert in oat-httpd.yaml, OAT_HTTPD_TLS_CERT
 * in the environment, --tls-cert on the command line. What a stronger source says takes the place of what a
 * weaker one said, lists as a whole. */
#ifndef OAT_HTTPD_SETTINGS_H
#define OAT_HTTPD_SETTINGS_H

#include "httpd/options.h"

/* How many there are; they are numbered from 0. OAT_SETTINGS_MAX at most. */
size_t oat_setting_count(void);

/* "tls_cert"; static storage. */
const char *oat_setting_name(size_t setting);

/* The number of a name; oat_setting_count(): there is no such setting. */
size_t oat_setting_find(const char *name);

/* The setting whose name is nearest to a mistaken one, or NULL when none is near. */
const char *oat_setting_nearest(const char *name);

/* Is it on or off, so that an option of the command line takes no value? */
bool oat_setting_is_switch(size_t setting);
bool oat_setting_is_list(size_t setting);

/* Sets it, or adds to it where it is a list that this source has begun; nothing when a stronger source has
 * set it. The value is copied. base_dir: what a relative path starts from; NULL: the working directory.
 * False: *ret_error says what is wrong with the value, after a label: "--listen", "listen". */
bool oat_setting_take(struct oat_options *options, size_t setting, enum oat_setting_source source,
                      const char *value, const char *base_dir, const char *label, char *ret_error,
                      size_t error_size);

/* Prints its value and where that is from, a line for each of a list, on stdout; one that is not set has
 * none. */
void oat_setting_print(const struct oat_options *options, size_t setting);

/* Copies a path, from base_dir (NULL: the working directory) when it is relative; owned by options. NULL: out
 * of memory. */
const char *oat_options_path(struct oat_options *options, const char *base_dir, const char *path);

/* Copies a text; owned by options. NULL: out of memory. */
const char *oat_options_text(struct oat_options *options, const char *text);

#endif
