#include "httpd/handle_health.h"

void oat_handle_health(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_json *json = &answer->body;
    const struct oat_view *view = call->view;

    oat_json_object_begin(json);
    oat_json_key(json, "status");
    oat_json_cstring(json, "ok");
    oat_json_key(json, "version");
    oat_json_cstring(json, oat_version());
    oat_json_key(json, "store_id");
    if (view->store)
        oat_json_hex(json, oat_store_id(view->store), 16);
    else
        oat_json_null(json);
    oat_json_key(json, "traces");
    oat_json_uint(json, oat_view_trace_count(view));
    oat_json_key(json, "problems");
    oat_json_uint(json, view->snapshot ? oat_snapshot_problem_count(view->snapshot) : 0);
    oat_json_object_end(json);
}
