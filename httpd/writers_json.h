/* The writers whose hot files a store has, one by one. */
#ifndef OAT_HTTPD_WRITERS_JSON_H
#define OAT_HTTPD_WRITERS_JSON_H

#include "format/json_write.h"
#include "reader/snapshot.h"

/* Those that are listed: the living ones, then the newest. */
#define OAT_WRITERS_LISTED 100u

/* Writes an array of objects with the id, program and process of a writer, whether it lives, when it began
 * (seconds since the epoch), and its files: how many, slots and bytes on the device. snapshot NULL: none.
 * OAT_OK or OAT_E_NOMEM. */
int oat_json_writers(struct oat_json *json, const oat_snapshot *snapshot);

#endif
