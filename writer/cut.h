/* Content-defined cutting: the place of a cut depends on the bytes around it only, so that an
 * insertion moves the cuts near it and no others. */
#ifndef OAT_WRITER_CUT_H
#define OAT_WRITER_CUT_H

#include <stddef.h>
#include <stdint.h>

#define OAT_CUT_MIN  2048u
#define OAT_CUT_MEAN 8192u
#define OAT_CUT_MAX  65535u

struct oat_cutter {
    uint64_t gear[256];
};

/* Fills the table; always the same one. */
void oat_cutter_init(struct oat_cutter *cutter);

/* Bytes of the first piece of text: between OAT_CUT_MIN and OAT_CUT_MAX, or text_len when that is
 * less. text_len > 0. */
size_t oat_cut_next(const struct oat_cutter *cutter, const uint8_t *text, size_t text_len);

#endif
