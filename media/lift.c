#include "media/lift.h"

#include "format/base64.h"

#include <string.h>

/* A run of OAT_MEDIA_MIN characters holds several probes of PROBE_LEN, one every PROBE_STRIDE;
 * prose and code fail the first one nearly always. */
#define PROBE_STRIDE 256u
#define PROBE_LEN    32u

static bool is_digit(uint8_t c)
{
    return oat_base64_values[c] != 0;
}

static bool probe(const uint8_t *at)
{
    for (size_t i = 0; i < PROBE_LEN; i++)
        if (!is_digit(at[i]))
            return false;
    return true;
}

/* What stands before the run: an opening quote, or ";base64," of a data URL. */
static bool lead_ok(const uint8_t *text, size_t from, size_t pos)
{
    static const char url[] = ";base64,";
    size_t n = sizeof url - 1;
    if (pos > from && text[pos - 1] == '"')
        return true;
    return pos - from >= n && memcmp(text + pos - n, url, n) == 0;
}

/* A run of at least OAT_MEDIA_MIN digits and its padding: can decoding fail? Only at its end. */
static bool canonical(const uint8_t *run, size_t len)
{
    uint8_t raw[3];
    size_t raw_len;
    return len % 4 == 0 && oat_base64_decode(raw, (const char *)run + len - 4, 4, &raw_len);
}

bool oat_media_find(const uint8_t *text, size_t from, size_t to, size_t *ret_pos, size_t *ret_len)
{
    size_t floor = from; /* a run does not reach back over one that was refused */
    for (size_t at = from; at < to && to - at > PROBE_LEN; at += PROBE_STRIDE) {
        if (!probe(text + at))
            continue;
        size_t pos = at, end = at + PROBE_LEN;
        while (pos > floor && is_digit(text[pos - 1]))
            pos--;
        while (end < to && is_digit(text[end]))
            end++;
        size_t digits_end = end;
        while (end < to && text[end] == '=' && end - digits_end < 2)
            end++;
        size_t len = end - pos;
        if (len >= OAT_MEDIA_MIN && end < to && text[end] == '"' && lead_ok(text, floor, pos) &&
            canonical(text + pos, len)) {
            *ret_pos = pos;
            *ret_len = len;
            return true;
        }
        floor = digits_end;
        if (digits_end > at + PROBE_STRIDE)
            at = digits_end - PROBE_STRIDE;
    }
    return false;
}
