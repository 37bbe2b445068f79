#include "writer/clock.h"

#define ATTEMPTS 5 /* a preemption between the reads shows as a wide bracket: keep the narrowest */

int64_t oat_clock_offset_ns(void)
{
    uint64_t best_width_ns = UINT64_MAX;
    int64_t offset_ns = 0;
    for (int i = 0; i < ATTEMPTS; i++) {
        uint64_t before_ns = oat_clock_boot_ns();
        uint64_t wall_ns = oat_clock_wall_ns();
        uint64_t width_ns = oat_clock_boot_ns() - before_ns;
        if (width_ns < best_width_ns) {
            best_width_ns = width_ns;
            offset_ns = (int64_t)(wall_ns - before_ns - width_ns / 2);
        }
    }
    return offset_ns;
}
