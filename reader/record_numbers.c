#include "reader/record_numbers.h"

uint64_t oat_record_number64(const struct oat_record *record, enum oat_vector vector)
{
    switch (vector) {
    case OAT_VECTOR_COST_INPUT:
        return oat_le64_get(record->span.cost_input_nano);
    case OAT_VECTOR_COST_OUTPUT:
        return oat_le64_get(record->span.cost_output_nano);
    case OAT_VECTOR_SPAN_ID:
        return oat_le64_load(record->span.span_id);
    case OAT_VECTOR_PARENT_ID:
        return oat_le64_load(record->span.parent_id);
    default:
        return oat_le64_get(record->span.call_id);
    }
}

uint32_t oat_record_number32(const struct oat_record *record, enum oat_vector vector)
{
    switch (vector) {
    case OAT_VECTOR_OTEL_STATUS:
        return record->span.otel_status;
    case OAT_VECTOR_TTFT:
        return oat_le32_get(record->span.ttft_us);
    case OAT_VECTOR_PROMPT_VERSION:
        return oat_le32_get(record->span.prompt_version);
    case OAT_VECTOR_SAMPLE_RATE:
        return oat_le32_get(record->span.sample_rate);
    case OAT_VECTOR_PRICE_TIER:
        return record->span.price_tier;
    default:
        return oat_le32_get(record->span.count[vector - OAT_VECTOR_TOKENS]);
    }
}
