#include "format/random.h"

#include "format/hash.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

void oat_random_bytes(void *dst, size_t len)
{
    uint8_t *to = dst;
    size_t have = 0;
    while (have < len) {
        ssize_t n = getrandom(to + have, len - have, 0);
        if (n > 0)
            have += (size_t)n;
        else if (errno != EINTR)
            break;
    }
    /* Only where getrandom is forbidden: distinct rather than unpredictable. */
    for (uint64_t round = 0; have < len; round++) {
        struct {
            struct timespec now;
            const void *stack;
            pid_t pid;
            uint64_t round;
        } mix;
        memset(&mix, 0, sizeof mix);
        clock_gettime(CLOCK_REALTIME, &mix.now);
        mix.stack = &mix;
        mix.pid = getpid();
        mix.round = round;
        oat_content_id id = oat_content_id_of(&mix, sizeof mix, round);
        size_t n = len - have < sizeof id ? len - have : sizeof id;
        memcpy(to + have, &id, n);
        have += n;
    }
}

void oat_random_seed(oat_random *random)
{
    oat_random_bytes(random->s, sizeof random->s);
    if ((random->s[0] | random->s[1] | random->s[2] | random->s[3]) == 0)
        random->s[0] = 1;
}
