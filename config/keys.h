/* The settings of a tracer that are one value: their keys in tracer.yaml, their variables, what they take. */
#ifndef OAT_CONFIG_KEYS_H
#define OAT_CONFIG_KEYS_H

#include "oat/config.h"

/* The first ones, which oat_config_init reads from the environment. */
#define OAT_CONFIG_KEYS_OF_INIT 4u

extern const size_t oat_config_key_count;

/* "service.name", and so on. */
const char *oat_config_key_name(size_t key);
/* NULL: none. */
const char *oat_config_key_variable(size_t key);
/* What a value of it has to be, for people: "a number from 0 to 1". */
const char *oat_config_key_expected(size_t key);

/* The setting of a key; the count of them: there is none. */
size_t oat_config_key_find(const char *name);

/* Whether a key is a part of others, as "export.remote". */
bool oat_config_key_is_section(const char *name);

/* Takes a value; text is borrowed, it becomes the configuration's where the value is a text. False: it is
 * not as expected, and nothing was changed. */
bool oat_config_key_take(oat_config *config, size_t key, const char *text);

/* Digits, with a point or without, 15 at most: locales do not matter. False: anything else. */
bool oat_config_number(const char *text, double *ret);

#define OAT_CONFIG_NAME_MAX 32u

/* What a pattern may be called: 1 to 32 of a-z 0-9 _ -. */
bool oat_config_is_name(const char *name);

#endif
