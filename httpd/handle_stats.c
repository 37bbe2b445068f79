#include "httpd/handle_stats.h"

#include "export/field_json.h"
#include "export/figures_json.h"
#include "format/day.h"
#include "httpd/project.h"
#include "httpd/writers_json.h"
#include "reader/snapshot.h"

#define SECOND_NS UINT64_C(1000000000)

/* What is kept; null: all of it. */
static void put_retention(struct oat_json *json, const struct oat_retention *retention)
{
    oat_json_count_field(json, "retain_s", retention && retention->keep_ns > 0,
                         retention ? retention->keep_ns / SECOND_NS : 0);
    oat_json_count_field(json, "retain_bytes", retention && retention->max_bytes > 0,
                         retention ? retention->max_bytes : 0);
}

/* Adds up the parts of a day. Returns the first one of the next day. */
static size_t put_day(struct oat_json *json, const struct oat_manifest *manifest, size_t first)
{
    const uint32_t day = manifest->parts[first].day;
    uint64_t spans = 0, part_bytes = 0, pack_bytes = 0;
    char text[OAT_DAY_TEXT_SIZE];
    size_t i = first;
    for (; i < manifest->part_count && manifest->parts[i].day == day; i++) {
        spans += manifest->parts[i].spans;
        part_bytes += manifest->parts[i].part_bytes;
        pack_bytes += manifest->parts[i].pack_bytes;
    }
    oat_day_print(day, text);
    oat_json_object_begin(json);
    oat_json_text_field(json, "day", (oat_text){text, OAT_DAY_TEXT_SIZE - 1});
    oat_json_count_field(json, "spans", true, spans);
    oat_json_count_field(json, "span_bytes", true, part_bytes);
    oat_json_count_field(json, "payload_bytes", true, pack_bytes);
    oat_json_object_end(json);
    return i;
}

static void put_days(struct oat_json *json, const oat_snapshot *snapshot)
{
    oat_json_key(json, "days");
    oat_json_array_begin(json);
    for (size_t i = 0; snapshot && i < snapshot->manifest.part_count;)
        i = put_day(json, &snapshot->manifest, i);
    oat_json_array_end(json);
}

void oat_handle_stats(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_json *json = &answer->body;
    oat_store_figures figures = {0};
    int rc = call->lease->snapshot ? oat_snapshot_figures(call->lease->snapshot, &figures) : OAT_OK;
    if (rc != OAT_OK) {
        oat_answer_result(answer, rc, "adding up the store");
        return;
    }
    oat_json_object_begin(json);
    oat_json_figures(json, &figures);
    put_retention(json, call->project ? call->project->retention : NULL);
    put_days(json, call->lease->snapshot);
    oat_json_key(json, "writers");
    rc = oat_json_writers(json, call->lease->snapshot);
    oat_json_object_end(json);
    if (rc != OAT_OK)
        oat_answer_result(answer, rc, "listing the writers");
}
