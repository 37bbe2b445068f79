/* Numbers of a record, as vectors have them. */
#ifndef OAT_READER_RECORD_NUMBERS_H
#define OAT_READER_RECORD_NUMBERS_H

#include "reader/batch.h"
#include "reader/record.h"

/* COST_INPUT, COST_OUTPUT, SPAN_ID, PARENT_ID or CALL_ID. Any thread, as is the next. */
uint64_t oat_record_number64(const struct oat_record *record, enum oat_vector vector);

/* TOKENS, OTEL_STATUS, TTFT, PROMPT_VERSION, SAMPLE_RATE or PRICE_TIER. */
uint32_t oat_record_number32(const struct oat_record *record, enum oat_vector vector);

#endif
