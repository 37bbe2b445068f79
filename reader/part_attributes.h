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

/* Bytes of the encoding (format/attrs.h) of the attributes in row i of the columns. A code that stands for
 * nothing: OAT_E_CORRUPT; row: of SPANS, for the report. */
int oat_part_attributes_len(struct oat_part *part, uint32_t row, const struct oat_code_columns *columns,
                            uint32_t i, uint64_t *ret_len);

/* The encoded attributes of a row of SPANS: malloc'd, as oat_pack_read gives a payload. OAT_NOTFOUND:
 * it has none, or a payload of the pack. */
int oat_part_attributes(struct oat_part *part, uint32_t row, uint8_t **ret_bytes, size_t *ret_len);

#endif
