/* GET /traces/facets: which values of some fields the traces of a selection have, and how many have each.
 * docs/api.md has the shape. */
#ifndef OAT_HTTPD_HANDLE_FACETS_H
#define OAT_HTTPD_HANDLE_FACETS_H

#include "httpd/router.h"

extern const char *const oat_facets_parameters[];

void oat_handle_facets(const struct oat_call *call, struct oat_answer *answer);

#endif
