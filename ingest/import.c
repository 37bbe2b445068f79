#include "ingest/import.h"

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
