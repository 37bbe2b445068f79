#include "httpd/handle_docs.h"

#include "httpd/embedded.h"

/* What the page may load: its own style and script, and the description of this API. */
#define PAGE_POLICY                                                                                          \
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "         \
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

static void answer_file(struct oat_answer *answer, const char *content_type, struct oat_embedded file)
{
    answer->content_type = content_type;
    oat_json_raw(&answer->body, file.bytes, file.len);
}

void oat_handle_openapi(const struct oat_call *call, struct oat_answer *answer)
{
    (void)call;
    answer_file(answer, OAT_CONTENT_JSON, oat_embedded_openapi_json());
}

void oat_handle_docs(const struct oat_call *call, struct oat_answer *answer)
{
    (void)call;
    answer->content_policy = PAGE_POLICY;
    answer_file(answer, "text/html; charset=utf-8", oat_embedded_docs_html());
}

void oat_handle_docs_style(const struct oat_call *call, struct oat_answer *answer)
{
    (void)call;
    answer_file(answer, "text/css; charset=utf-8", oat_embedded_docs_css());
}

void oat_handle_docs_script(const struct oat_call *call, struct oat_answer *answer)
{
    (void)call;
    answer_file(answer, "text/javascript; charset=utf-8", oat_embedded_docs_js());
}
