/* Time: CLOCK_BOOTTIME, which goes on through suspend and never steps, plus an offset to the wall
 * clock. */
#ifndef OAT_WRITER_CLOCK_H
#define OAT_WRITER_CLOCK_H

#include <stdint.h>
#include <time.h>

#define OAT_NS_PER_S UINT64_C(1000000000)

static inline uint64_t oat_clock_read(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * OAT_NS_PER_S + (uint64_t)now.tv_nsec;
}

static inline uint64_t oat_clock_boot_ns(void)
{
    return oat_clock_read(CLOCK_BOOTTIME);
}

static inline uint64_t oat_clock_wall_ns(void)
{
    return oat_clock_read(CLOCK_REALTIME);
}

/* The moment of CLOCK_MONOTONIC that is ns from now: for pthread_cond_timedwait. */
static inline struct timespec oat_clock_deadline(uint64_t ns)
{
    uint64_t at_ns = oat_clock_read(CLOCK_MONOTONIC) + ns;
    return (struct timespec){.tv_sec = (time_t)(at_ns / OAT_NS_PER_S),
                             .tv_nsec = (long)(at_ns % OAT_NS_PER_S)};
}

/* Wall clock minus boot clock, read with the least delay between the two. */
int64_t oat_clock_offset_ns(void);

#endif
