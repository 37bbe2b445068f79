#include "access/role.h"

#include <string.h>

#define OF(role) (1u << (role))

static const struct {
    const char *name;
    unsigned may; /* OF roles */
} roles[OAT_ROLE_COUNT] = {
    [OAT_ROLE_NONE] = {"none", OF(OAT_ROLE_NONE)},
    [OAT_ROLE_READ] = {"read", OF(OAT_ROLE_NONE) | OF(OAT_ROLE_READ)},
    [OAT_ROLE_INGEST] = {"ingest", OF(OAT_ROLE_NONE) | OF(OAT_ROLE_INGEST)},
    [OAT_ROLE_WRITE] = {"write", OF(OAT_ROLE_NONE) | OF(OAT_ROLE_READ) | OF(OAT_ROLE_WRITE)},
    [OAT_ROLE_ADMIN] = {"admin", OF(OAT_ROLE_COUNT) - 1},
};

bool oat_role_may(enum oat_role has, enum oat_role needs)
{
    return roles[has].may & OF(needs);
}

const char *oat_role_name(enum oat_role role)
{
    return roles[role].name;
}

bool oat_role_parse(const char *text, enum oat_role *ret)
{
    for (unsigned role = OAT_ROLE_READ; role < OAT_ROLE_COUNT; role++) {
        if (strcmp(text, roles[role].name) != 0)
            continue;
        *ret = (enum oat_role)role;
        return true;
    }
    return false;
}
