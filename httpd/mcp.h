/* POST /mcp: the Model Context Protocol over streamable HTTP, for agents that look into traces. It only
 * reads, keeps no sessions and streams nothing: every message is answered by one JSON object. */
#ifndef OAT_HTTPD_MCP_H
#define OAT_HTTPD_MCP_H

#include "httpd/router.h"

void oat_handle_mcp(const struct oat_call *call, struct oat_answer *answer);

#endif
