#include "writer/tick_clock.h"

#include "writer/clock.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define FRESH_NS      UINT64_C(1000000)  /* how long a reading is gone on from */
#define RATE_MIN_NS   UINT64_C(10000000) /* 20 ns of a reading in it are 2 ppm */
#define RATE_MAX_NS   OAT_NS_PER_S       /* what lies in more may be a suspend */
#define READING_TICKS UINT64_C(1000)     /* some 300 ns: a reading that took longer was interrupted */
#define AHEAD_NS      UINT64_C(1000)     /* what was told may be so far ahead of the system's clock */

static pthread_once_t trust_once = PTHREAD_ONCE_INIT;
static bool trusted;

/* The kernel has checked that the counters of all processors agree and neither stop nor change their
 * rate, when it tells the time by them itself. */
static void look(void)
{
    char name[16] = "";
    int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t n = read(fd, name, sizeof name - 1);
    close(fd);
    trusted = n > 0 && strcmp(name, "tsc\n") == 0;
}

static void measure_rate(oat_tick_clock *clock, uint64_t ticks, uint64_t boot_ns)
{
    uint64_t past_ns = boot_ns - clock->rate_ns;
    uint64_t past_ticks = ticks - clock->rate_ticks;
    if (clock->rate_ticks != 0 && past_ns < RATE_MIN_NS)
        return;
    if (clock->rate_ticks != 0 && past_ns <= RATE_MAX_NS && past_ticks >= past_ns / 16 &&
        past_ticks <= past_ns * 16) {
        double ns_per_tick = (double)past_ns / (double)past_ticks;
        clock->rate = (uint64_t)(ns_per_tick * 4294967296.0);
        clock->fresh_ticks = (uint64_t)((double)FRESH_NS / ns_per_tick);
    } else {
        clock->fresh_ticks = 0;
    }
    clock->rate_ticks = ticks;
    clock->rate_ns = boot_ns;
}

/* What this thread was told so far is less than the newest reading and the time it was gone on for. */
static uint64_t not_before_told(const oat_tick_clock *clock, uint64_t boot_ns)
{
    uint64_t told_ns = clock->boot_ns + (clock->fresh_ticks * clock->rate >> 32);
    return boot_ns < told_ns && told_ns - boot_ns <= AHEAD_NS ? told_ns : boot_ns;
}

uint64_t oat_tick_clock_read(oat_tick_clock *clock)
{
    pthread_once(&trust_once, look);
    uint64_t before = oat_ticks();
    uint64_t boot_ns = oat_clock_boot_ns();
    uint64_t after = oat_ticks();
    uint64_t now_ns = not_before_told(clock, boot_ns);
    if (trusted && after - before <= READING_TICKS) {
        measure_rate(clock, after, boot_ns);
        clock->ticks = after;
        clock->boot_ns = now_ns;
    }
    return now_ns;
}
