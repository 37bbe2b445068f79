#include "httpd/embedded.h"

/* The assembler puts the file, found from the top of the tree, between two symbols. */
#define EMBED(name, file)                                                                                    \
    __asm__(".section .rodata,\"a\"\n"                                                                       \
            ".local oat_file_" #name "\n"                                                                    \
            "oat_file_" #name ":\n"                                                                          \
            ".incbin \"" file "\"\n"                                                                         \
            ".local oat_file_end_" #name "\n"                                                                \
            "oat_file_end_" #name ":\n"                                                                      \
            ".previous\n");                                                                                  \
    extern const char oat_file_##name[], oat_file_end_##name[];                                              \
    struct oat_embedded oat_embedded_##name(void)                                                            \
    {                                                                                                        \
        return (struct oat_embedded){oat_file_##name, (size_t)(oat_file_end_##name - oat_file_##name)};      \
    }

EMBED(docs_html, "httpd/pages/docs.html")
EMBED(docs_css, "httpd/pages/docs.css")
EMBED(docs_js, "httpd/pages/docs.js")
EMBED(openapi_json, "httpd/pages/openapi.json")
