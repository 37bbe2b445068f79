/* One span of the SDKs' JSON. */
#ifndef OAT_INGEST_SDK_SPAN_H
#define OAT_INGEST_SDK_SPAN_H

#include "ingest/import.h"
#include "ingest/json_value.h"

/* What is wrong with a span: static text. */
struct oat_sdk_fault {
    const char *field, *reason;
};

/* Reads an object as a span; what *ret points to is in the document or its arena. False: *ret_fault. When the
 * arena has failed, *ret is not whole. */
bool oat_sdk_span_read(const struct oat_json_doc *doc, oat_jnode object, struct oat_import_span *ret,
                       struct oat_sdk_fault *ret_fault);

#endif
