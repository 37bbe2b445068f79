#include "ingest/import.h"

#include "format/utf8.h"

#include <stdio.h>

void oat_import_reject(struct oat_import_report *report, uint64_t spans, const char *place,
                       const char *reason)
{
    if (report->rejected == 0 && report->place[0] == '\0') {
        snprintf(report->place, sizeof report->place, "%s", place);
        snprintf(report->reason, sizeof report->reason, "%s", reason);
    }
    report->rejected += spans;
}

oat_value oat_import_text_value(oat_text text)
{
    if (text.len && !oat_utf8_is_valid(text.bytes, text.len))
        return (oat_value){.type = OAT_VALUE_BYTES, .len = text.len, .u.bytes = (const uint8_t *)text.bytes};
    return (oat_value){.type = OAT_VALUE_STRING, .len = text.len, .u.string = text.bytes ? text.bytes : ""};
}
