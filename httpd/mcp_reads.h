/* What tools of POST /mcp answer that no route does: traces and spans in a form that is short enough for a
 * model. As handlers of routes; call->query has the arguments but for ids. */
#ifndef OAT_HTTPD_MCP_READS_H
#define OAT_HTTPD_MCP_READS_H

#include "httpd/router.h"

/* The trace call->id; offset, limit of spans. */
void oat_mcp_trace(const struct oat_call *call, struct oat_answer *answer);
/* The span call->id of trace_id; max_chars of its payloads. */
void oat_mcp_span(const struct oat_call *call, struct oat_answer *answer);
/* text, q, limit. */
void oat_mcp_search(const struct oat_call *call, struct oat_answer *answer);
/* The traces call->id and call->other. */
void oat_mcp_diff(const struct oat_call *call, struct oat_answer *answer);

#endif
