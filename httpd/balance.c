#include "httpd/balance.h"

unsigned oat_balance_add(struct oat_balance *balance)
{
    atomic_store(&balance->loops[balance->count].takes, true);
    return balance->count++;
}

static bool has_fewest(struct oat_balance *balance, unsigned loop)
{
    size_t own = atomic_load(&balance->loops[loop].connections);
    for (unsigned i = 0; i < balance->count; i++)
        if (atomic_load(&balance->loops[i].connections) < own)
            return false;
    return true;
}

uint64_t oat_balance_note(struct oat_balance *balance, unsigned loop, size_t connections)
{
    uint64_t ask = 0;
    atomic_store(&balance->loops[loop].connections, connections);
    for (unsigned i = 0; i < balance->count; i++) {
        struct oat_balance_loop *other = &balance->loops[i];
        if (has_fewest(balance, i) != atomic_load(&other->takes) && !atomic_exchange(&other->asked, true))
            ask |= UINT64_C(1) << i;
    }
    return ask;
}

bool oat_balance_look(struct oat_balance *balance, unsigned loop)
{
    struct oat_balance_loop *own = &balance->loops[loop];
    bool takes;
    atomic_store(&own->asked, false);
    do { /* who notes something in between may have seen what was said before */
        takes = has_fewest(balance, loop);
        atomic_store(&own->takes, takes);
    } while (has_fewest(balance, loop) != takes);
    return takes;
}
