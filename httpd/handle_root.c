#include "httpd/handle_root.h"

#include "httpd/handle_ui.h"

static const char text[] = "OpenAgentTrace " OAT_VERSION "\n"
                           "\n"
                           "This build has no dashboard: that takes Node 18 or later, with npm. Without it:\n"
                           "\n"
                           "  /health                               is it up, and on which store\n"
                           "  /traces?limit=20                      the newest traces\n"
                           "  /traces?status=error                  those that failed\n"
                           "  /traces?q=trace.cost>0.1&sort=-cost   those of a filter, the dearest first\n"
                           "  /traces/TRACE_ID                      one trace with its spans\n"
                           "  /traces/TRACE_ID?include_blobs=true   with inputs and outputs\n"
                           "  /traces/totals, histogram, facets     what traces come to\n"
                           "  /spans?q=type=tool                    the newest spans of a filter\n"
                           "  /spans/SPAN_ID                        one span\n"
                           "  /sessions                             runs that belong together\n"
                           "  POST /analytics/query                 counts, sums and percentiles\n"
                           "  /docs                                 all routes, as a page\n"
                           "  /openapi.json                         the same for programs\n"
                           "\n"
                           "In a terminal: oat ls, oat show TRACE_ID, oat tail\n";

void oat_handle_root(const struct oat_call *call, struct oat_answer *answer)
{
    (void)call;
    if (oat_ui_is_built()) {
        answer->status = 302;
        answer->location = "/ui/";
    }
    answer->content_type = OAT_CONTENT_TEXT;
    oat_json_raw(&answer->body, text, sizeof text - 1);
}
