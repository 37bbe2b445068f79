/* GET /spans/{id}/conversation: the messages of a model call, beside those of the call before it. docs/api.md
 * has the shape. */
#ifndef OAT_HTTPD_HANDLE_CONVERSATION_H
#define OAT_HTTPD_HANDLE_CONVERSATION_H

#include "httpd/router.h"

extern const char *const oat_conversation_parameters[];

void oat_handle_conversation(const struct oat_call *call, struct oat_answer *answer);

#endif
