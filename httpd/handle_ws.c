#include "httpd/handle_ws.h"

void oat_handle_ws(const struct oat_call *call, struct oat_answer *answer)
{
    (void)call;
    oat_answer_error(answer, 426, "upgrade_required", "/ws is for WebSocket clients");
    answer->upgrades = true;
}
