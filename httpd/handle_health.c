#include "httpd/handle_health.h"

/* What it serves is for those who may read it. */
static void write_store(const struct oat_lease *lease, struct oat_json *json)
{
    oat_json_key(json, "store_id");
    if (lease->store)
        oat_json_hex(json, oat_store_id(lease->store), 16);
    else
        oat_json_null(json);
    oat_json_key(json, "traces");
    oat_json_uint(json, oat_lease_trace_count(lease));
    oat_json_key(json, "problems");
    oat_json_uint(json, lease->snapshot ? oat_snapshot_problem_count(lease->snapshot) : 0);
}

void oat_handle_health(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_json *json = &answer->body;

    oat_json_object_begin(json);
    oat_json_key(json, "status");
    oat_json_cstring(json, "ok");
    oat_json_key(json, "version");
    oat_json_cstring(json, oat_version());
    if (oat_role_may(call->request->caller->role, OAT_ROLE_READ))
        write_store(call->lease, json);
    oat_json_object_end(json);
}
