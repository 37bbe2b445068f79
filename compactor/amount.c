#include "compactor/amount.h"

#include <errno.h>
#include <stdlib.h>

#include "format/day.h"

struct unit {
    char letter;
    uint64_t size;
};

static const struct unit size_units[] = {{'K', UINT64_C(1) << 10},
                                         {'M', UINT64_C(1) << 20},
                                         {'G', UINT64_C(1) << 30},
                                         {'T', UINT64_C(1) << 40},
                                         {'\0', 1},
                                         {0, 0}};
static const struct unit time_units[] = {
    {'h', OAT_DAY_NS / 24}, {'d', OAT_DAY_NS}, {'w', 7 * OAT_DAY_NS}, {0, 0}};

/* A whole number above 0 and a unit of one letter; '\0': none needs to follow. */
static bool parse_amount(const char *text, const struct unit *units, uint64_t *ret)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || errno || number == 0)
        return false;
    for (; units->size > 0; units++) {
        if (*end != units->letter || (*end && end[1]) || number > UINT64_MAX / units->size)
            continue;
        *ret = number * units->size;
        return true;
    }
    return false;
}

bool oat_amount_of_time(const char *text, uint64_t *ret_ns)
{
    return parse_amount(text, time_units, ret_ns);
}

bool oat_amount_of_bytes(const char *text, uint64_t *ret_bytes)
{
    return parse_amount(text, size_units, ret_bytes);
}
