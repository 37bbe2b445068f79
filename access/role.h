/* Who may do what: every route asks for a role, every caller has one. Pure. */
#ifndef OAT_ACCESS_ROLE_H
#define OAT_ACCESS_ROLE_H

#include <stdbool.h>

enum oat_role {
    OAT_ROLE_NONE,   /* anybody: whether it is up, and the page's shell */
    OAT_ROLE_READ,   /* whatever changes nothing */
    OAT_ROLE_INGEST, /* sends spans, reads nothing */
    OAT_ROLE_WRITE,  /* reads; feedback, scores, prompts */
    OAT_ROLE_ADMIN,  /* everything, deleting too */
};

#define OAT_ROLE_COUNT 5u

/* May a caller of one role do what asks for another? */
bool oat_role_may(enum oat_role has, enum oat_role needs);

/* "none", "read" ...; static storage. */
const char *oat_role_name(enum oat_role role);

/* Reads a name, but "none". */
bool oat_role_parse(const char *text, enum oat_role *ret);

#endif
