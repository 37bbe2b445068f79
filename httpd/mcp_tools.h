/* The tools of POST /mcp. Each is a question that the API answers as well. */
#ifndef OAT_HTTPD_MCP_TOOLS_H
#define OAT_HTTPD_MCP_TOOLS_H

#include "httpd/router.h"
#include "ingest/json_value.h"

#define OAT_MCP_ANSWER_MAX (100u << 10) /* bytes that a tool answers at most */

struct oat_mcp_tool;

/* Writes the list of tools with their arguments. */
void oat_mcp_tools_list(struct oat_json *json);

/* NULL: there is none of that name. */
const struct oat_mcp_tool *oat_mcp_tool_find(oat_text name);

/* What a tool came to: text for a model. The caller frees it with oat_json_free. */
struct oat_mcp_result {
    struct oat_json text;
    bool is_error; /* the text says what is wrong */
    bool stale;    /* of oat_answer */
};

/* Calls a tool with an object of arguments (0: none). call: that of the route, for its lease. request_id: for
 * errors. */
void oat_mcp_tool_call(const struct oat_mcp_tool *tool, const struct oat_json_doc *doc, oat_jnode arguments,
                       const struct oat_call *call, const char *request_id, struct oat_mcp_result *ret);

#endif
