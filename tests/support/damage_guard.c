#include "tests/support/damage_guard.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096u

/* Bytes of the readable pages that hold len bytes. */
static size_t readable(size_t len)
{
    return (len / PAGE + 1) * PAGE;
}

uint8_t *oat_damage_guard(const void *bytes, size_t len)
{
    size_t size = readable(len);
    uint8_t *map = mmap(NULL, size + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || mprotect(map + size, PAGE, PROT_NONE) != 0)
        abort();
    if (len > 0)
        memcpy(map + size - len, bytes, len);
    return map + size - len;
}

void oat_damage_guard_free(uint8_t *guarded, size_t len)
{
    size_t size = readable(len);
    munmap(guarded + len - size, size + PAGE);
}
