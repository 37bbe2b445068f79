/* Reads tracer.yaml (docs/configuration.md). */
#ifndef OAT_CONFIG_TRACER_YAML_H
#define OAT_CONFIG_TRACER_YAML_H

#include "oat/config.h"

/* Takes what a text says into a configuration, whose `owned` is set, and does what oat_config_load says of
 * files. path: for errors, and its folder is where a relative data_dir starts. OAT_OK; OAT_E_INVALID: the
 * first thing that is wrong is in ret_wrong; OAT_E_NOMEM. */
int oat_tracer_yaml_read(oat_config *config, const char *path, const char *text, size_t len,
                         char ret_wrong[OAT_CONFIG_WRONG_SIZE]);

#endif
