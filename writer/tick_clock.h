/* The boot clock at the price of reading a counter: a thread that has read the system's clock within the
 * last millisecond goes on from there by the processor's time stamp counter. To read the system's clock is
 * most of what a span costs.
 *
 * What is told is late by the duration of one reading (20 ns) and by what the rate of the clock changed
 * within the millisecond: NTP slews by at most 500 ppm, so 0.5 us. A counter that stops, steps or changes
 * its rate (suspend, a virtual machine that moves) is wrong by no more than that millisecond. */
#ifndef OAT_WRITER_TICK_CLOCK_H
#define OAT_WRITER_TICK_CLOCK_H

#include <stdint.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/* One thread's; zeros are a clock that has not been read. */
typedef struct oat_tick_clock {
    uint64_t ticks;       /* at the newest reading of the system's clock */
    uint64_t boot_ns;     /* that reading */
    uint64_t fresh_ticks; /* until so much later it is gone on from; 0: the rate is not known */
    uint64_t rate;        /* nanoseconds of 2^32 ticks */
    uint64_t rate_ticks;  /* and the next: the reading from which on the rate is measured */
    uint64_t rate_ns;
} oat_tick_clock;

static inline uint64_t oat_ticks(void)
{
#if defined(__x86_64__)
    return __rdtsc();
#else
    return 0;
#endif
}

/* Reads the system's clock. */
uint64_t oat_tick_clock_read(oat_tick_clock *clock);

/* Nanoseconds of CLOCK_BOOTTIME; within a thread not less than before, unless the system's rate jumped. By
 * the clock's own thread only. */
static inline uint64_t oat_tick_clock_ns(oat_tick_clock *clock)
{
    uint64_t since = oat_ticks() - clock->ticks;
    if (__builtin_expect(since < clock->fresh_ticks, 1))
        return clock->boot_ns + (since * clock->rate >> 32);
    return oat_tick_clock_read(clock);
}

#endif
