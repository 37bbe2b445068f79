#include "httpd/handle_ui.h"

#include <string.h>

#include "httpd/ui_files.h"

#define SHELL "index.html"

/* What a page may load: files of its own, and this daemon. Pictures and sounds in the messages of a payload
 * are shown from the bytes that the page has (blob:), which nobody else can put there. */
#define PAGE_POLICY                                                                                          \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' "       \
    "blob:; "                                                                                                \
    "connect-src 'self'; font-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "          \
    "frame-ancestors 'none'; require-trusted-types-for 'script'"

bool oat_ui_is_built(void)
{
    return oat_ui_files[0].path != NULL;
}

static const struct oat_ui_file *find(const char *path, size_t len)
{
    for (const struct oat_ui_file *file = oat_ui_files; file->path; file++)
        if (strlen(file->path) == len && memcmp(file->path, path, len) == 0)
            return file;
    return NULL;
}

void oat_handle_ui(const struct oat_call *call, struct oat_answer *answer)
{
    const char *path = call->id ? call->id : "";
    if (!oat_ui_is_built()) {
        oat_answer_error(
            answer, 404, "no_dashboard",
            "this build has no dashboard: install Node 18 or later with npm, then run make again");
        return;
    }
    const struct oat_ui_file *file = find(path, strlen(path));
    if (!file && strncmp(path, "assets/", strlen("assets/")) == 0) {
        oat_answer_error(answer, 404, "not_found",
                         "no such file of the dashboard: the page is of another build");
        return;
    }
    if (!file)
        file = find(SHELL, strlen(SHELL));
    answer->content_type = file->content_type;
    answer->content_policy = PAGE_POLICY;
    answer->tagged = true;
    answer->lasting = file->hashed;
    oat_json_raw(&answer->body, file->begin, (size_t)(file->end - file->begin));
}
