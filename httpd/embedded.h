/* Files of httpd/pages/ that the program carries. */
#ifndef OAT_HTTPD_EMBEDDED_H
#define OAT_HTTPD_EMBEDDED_H

#include <stddef.h>

/* Static storage. */
struct oat_embedded {
    const char *bytes;
    size_t len;
};

struct oat_embedded oat_embedded_docs_html(void);
struct oat_embedded oat_embedded_docs_css(void);
struct oat_embedded oat_embedded_docs_js(void);
struct oat_embedded oat_embedded_openapi_json(void);

#endif
