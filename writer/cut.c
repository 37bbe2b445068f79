#include "writer/cut.h"

/* Cuts are rarer before the mean than behind it, so that lengths gather around it. The high bits
 * of the rolling sum depend on the most bytes. */
#define MASK_BEFORE_MEAN (UINT64_C(0x7fff) << 49)
#define MASK_BEHIND_MEAN (UINT64_C(0x7ff) << 53)

void oat_cutter_init(struct oat_cutter *cutter)
{
    uint64_t x = 0;
    for (size_t i = 0; i < 256; i++) {
        x += UINT64_C(0x9e3779b97f4a7c15);
        uint64_t z = x;
        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        cutter->gear[i] = z ^ (z >> 31);
    }
}

/* First position in [from, to) behind which the mask is hit, or `to`. */
static size_t seek(const struct oat_cutter *cutter, const uint8_t *text, size_t from, size_t to,
                   uint64_t mask, uint64_t *sum)
{
    uint64_t h = *sum;
    for (size_t i = from; i < to; i++) {
        h = (h << 1) + cutter->gear[text[i]];
        if ((h & mask) == 0)
            return i + 1;
    }
    *sum = h;
    return to;
}

size_t oat_cut_next(const struct oat_cutter *cutter, const uint8_t *text, size_t text_len)
{
    if (text_len <= OAT_CUT_MIN)
        return text_len;
    size_t max = text_len < OAT_CUT_MAX ? text_len : OAT_CUT_MAX;
    size_t mean = max < OAT_CUT_MEAN ? max : OAT_CUT_MEAN;
    uint64_t sum = 0;
    size_t cut = seek(cutter, text, OAT_CUT_MIN, mean, MASK_BEFORE_MEAN, &sum);
    if (cut < mean)
        return cut;
    return seek(cutter, text, mean, max, MASK_BEHIND_MEAN, &sum);
}
