/* Memory that requests may take together: what would be over it is refused before it is allocated. */
#ifndef OAT_HTTPD_BODY_BUDGET_H
#define OAT_HTTPD_BODY_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* Set limit_bytes before threads start. */
struct oat_body_budget {
    size_t limit_bytes;
    atomic_size_t used_bytes;
};

/* Any thread. False: it would be over the limit, and nothing is taken. */
bool oat_body_budget_take(struct oat_body_budget *budget, size_t bytes);
void oat_body_budget_give(struct oat_body_budget *budget, size_t bytes);

#endif
