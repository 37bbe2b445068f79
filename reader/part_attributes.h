/* The attributes of the rows of a part, put together from the codes of SPAN_ATTRIBUTES. */
#ifndef OAT_READER_PART_ATTRIBUTES_H
#define OAT_READER_PART_ATTRIBUTES_H

#include "reader/part.h"

/* Row of SPAN_ATTRIBUTES where those of a row of SPANS begin. OAT_OK, OAT_E_CORRUPT (reported),
 * OAT_E_NOMEM; any thread, as those below. */
int oat_part_attributes_start(struct oat_part *part, uint32_t row, uint32_t *ret_start);

/* Bytes of the encoding (format/attrs.h) of the attributes in `count` rows of SPAN_ATTRIBUTES. Rows
 * that are not there, or more than OAT_ATTRS_MAX: OAT_E_CORRUPT. */
int oat_part_attributes_len(struct oat_part *part, uint32_t start, uint64_t count, uint64_t *ret_len);

/* The encoded attributes of a row of SPANS: malloc'd, as oat_pack_read gives a payload. OAT_NOTFOUND:
 * it has none, or a payload of the pack. */
int oat_part_attributes(struct oat_part *part, uint32_t row, uint8_t **ret_bytes, size_t *ret_len);

#endif
