/* Memory that ends where the bytes end: a parser that reads one byte too many crashes. */
#ifndef OAT_TESTS_DAMAGE_GUARD_H
#define OAT_TESTS_DAMAGE_GUARD_H

#include <stddef.h>
#include <stdint.h>

/* A copy of len bytes whose end lies against a page that cannot be read. Never NULL (aborts when
 * out of memory). Freed with oat_damage_guard_free. */
uint8_t *oat_damage_guard(const void *bytes, size_t len);

/* len: as given to oat_damage_guard. */
void oat_damage_guard_free(uint8_t *guarded, size_t len);

#endif
