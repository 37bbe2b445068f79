/* oat-httpd.yaml: any text is taken whole, or refused with file, line and column. */
#include "fuzz/fuzz.h"

#include "httpd/config_file.h"

#include <stdio.h>
#include <string.h>

#define PATH "/etc/oat/oat-httpd.yaml"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct oat_options options;
    char error[600] = "";
    unsigned line, column;
    options = (struct oat_options){.project_count = 1, .projects[0].name = "default"};
    if (!oat_config_text_read(&options, PATH, (const char *)data, size, error, sizeof error)) {
        fuzz_require(sscanf(error, PATH ":%u:%u: ", &line, &column) == 2);
        fuzz_require(line > 0 && column > 0);
    }
    fuzz_require(options.project_count >= 1 && options.project_count <= OAT_PROJECTS_MAX);
    for (size_t i = 1; i < options.project_count; i++)
        fuzz_require(options.projects[i].dir && oat_name_is_good(options.projects[i].name));
    fuzz_require(options.listen.count <= OAT_LISTEN_MAX && options.allow_host.count <= OAT_NAME_LIST_MAX);
    oat_options_free(&options);
    return 0;
}
