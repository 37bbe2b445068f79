/* How often somebody may do something: a bucket of permits for each key, which fills up with time. Of any
 * number of keys the OAT_RATE_KEYS latest are remembered at most; forgotten ones begin anew. Any thread. */
#ifndef OAT_HTTPD_RATE_H
#define OAT_HTTPD_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAT_RATE_KEYS 4096u

struct oat_rate;

/* burst: permits of a full bucket; per_s: that come back a second. Both above 0. NULL: out of memory. */
struct oat_rate *oat_rate_new(double burst, double per_s);
/* Takes NULL. */
void oat_rate_free(struct oat_rate *rate);

/* Takes count permits of a key at a time (of any clock that goes forward). They are given while there are
 * any, and may be owed then: count may be above burst. False: there are none, *ret_wait_s says how many
 * seconds from now there will be (1 at least). */
bool oat_rate_take(struct oat_rate *rate, const char *key, size_t key_len, double count, uint64_t now_ns,
                   unsigned *ret_wait_s);

/* Takes count permits, whether there are any or not. */
void oat_rate_charge(struct oat_rate *rate, const char *key, size_t key_len, double count, uint64_t now_ns);

#endif
