#include "format/edit_distance.h"

#include <stdint.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t oat_edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t row[OAT_EDIT_WORD_MAX + 1];
    if (a_len > OAT_EDIT_WORD_MAX || b_len > OAT_EDIT_WORD_MAX)
        return SIZE_MAX;
    for (size_t k = 0; k <= b_len; k++)
        row[k] = k;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t k = 1; k <= b_len; k++) {
            size_t changed = diagonal + (a[i - 1] != b[k - 1]);
            diagonal = row[k];
            row[k] = least(changed, least(row[k], row[k - 1]) + 1);
        }
    }
    return row[b_len];
}
