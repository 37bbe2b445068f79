/* The attributes of the rows of a part, put together from the codes of SPAN_ATTRIBUTES. */
#ifndef OAT_READER_PART_ATTRIBUTES_H
#define OAT_READER_PART_ATTRIBUTES_H

#include "reader/batch.h"
#include "reader/part.h"

/* Reads those of rows [first, first + count) of SPANS, count 1..OAT_BATCH_ROWS, into columns from row 0 on;
 * rows behind them have none. Codes may stand for nothing. OAT_OK, OAT_E_CORRUPT (reported), OAT_E_NOMEM; any
 * thread, as those below. */
int oat_part_codes_read(struct oat_part *part, uint32_t first, uint32_t count,
                        struct oat_code_columns *columns);

/* The same of a block of rows, without columns in which none of `wanted` (not 0) is: a row's codes have gaps.
 */
int oat_part_codes_among(struct oat_part *part, uint32_t first, uint32_t count, const uint32_t *wanted,
                         uint32_t wanted_count, struct oat_code_columns *columns);

/* Bytes of the encodings (format/attrs.h) of the attributes in rows [0, count) of the columns; 0: a code of
 * the row stands for nothing, which is reported. first: their first row of SPANS. */
void oat_part_attributes_lens(struct oat_part *part, uint32_t first, uint32_t count,
                              const struct oat_code_columns *columns, uint64_t *ret_lens);

/* The encoded attributes of a row of SPANS: malloc'd, as oat_pack_read gives a payload. OAT_NOTFOUND:
 * it has none, or a payload of the pack. */
int oat_part_attributes(struct oat_part *part, uint32_t row, uint8_t **ret_bytes, size_t *ret_len);

/* The same of codes that were read; row: for reports. */
int oat_part_attributes_of_codes(struct oat_part *part, uint32_t row, const uint32_t *codes, uint32_t count,
                                 uint8_t **ret_bytes, size_t *ret_len);

#endif
