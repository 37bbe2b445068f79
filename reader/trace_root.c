#include "reader/trace_root.h"

#include "reader/locate.h"
#include "reader/part_trace.h"
#include "reader/row_records.h"
#include "reader/view.h"

/* The parts that have something of a trace. */
struct places {
    struct oat_located one;
    size_t count;
};

static int note(void *arg, const struct oat_located *located)
{
    struct places *places = arg;
    places->one = *located;
    places->count++;
    return OAT_OK;
}

/* The root as the only part of the trace has it. OAT_E_CORRUPT: there are several parts, or this one does not
 * tell. */
static int read_of_part(const struct oat_snapshot *snapshot, const uint8_t trace_id[16],
                        struct oat_record *ret)
{
    struct places places = {.count = 0};
    if (oat_snapshot_is_hidden(snapshot, trace_id))
        return OAT_NOTFOUND;
    int result = oat_snapshot_locate(snapshot, trace_id, note, &places);
    if (result != OAT_OK || places.count == 0)
        return result == OAT_OK ? OAT_NOTFOUND : result;
    if (places.count > 1)
        return OAT_E_CORRUPT;
    return oat_part_root(places.one.part, places.one.row, OAT_SOURCE_PART | (uint32_t)places.one.index, ret);
}

static int read_of_whole(const struct oat_snapshot *snapshot, const uint8_t trace_id[16],
                         oat_payload *ret_input, oat_payload *ret_output)
{
    oat_trace *trace;
    size_t count;
    int result = oat_trace_open(snapshot, trace_id, &trace);
    if (result != OAT_OK)
        return result;
    const oat_span_view *root = oat_trace_spans(trace, &count);
    *ret_input = root->input;
    *ret_output = root->output;
    oat_trace_close(trace);
    return OAT_OK;
}

int oat_trace_root_payloads(const oat_snapshot *snapshot, const uint8_t trace_id[16], oat_payload *ret_input,
                            oat_payload *ret_output)
{
    const struct oat_assembly *loose = &snapshot->loose;
    const struct oat_trace_info *info = oat_assembly_find(loose, trace_id);
    struct oat_record root;
    oat_span_view view = {0};
    int result = OAT_OK;
    if (info)
        oat_row_record(loose->sources, NULL, oat_assembly_place(loose, info->first_row + info->root), &root);
    else
        result = read_of_part(snapshot, trace_id, &root);
    bool is_unread = result == OAT_E_CORRUPT || (result == OAT_OK && root.span.type == 0);
    if (is_unread)
        return read_of_whole(snapshot, trace_id, ret_input, ret_output);
    if (result != OAT_OK)
        return result;
    oat_view_fill(snapshot->sources, &root, &view);
    *ret_input = view.input;
    *ret_output = view.output;
    return OAT_OK;
}
