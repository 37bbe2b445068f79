/* A request to the daemon, from path and query to the answer: always one, always whole. The input is a
 * URI without its host; the store is an empty one. */
#include "fuzz/fuzz.h"

#include "format/json_check.h"
#include "httpd/router.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct oat_view no_store = {.dir = "/nowhere"};
    struct oat_answer answer = {.request_id = "0123456789abcdef"};
    char *path = malloc(size + 1);
    if (!path)
        return 0;
    memcpy(path, data, size);
    path[size] = '\0';
    char *query = strchr(path, '?');
    if (query)
        *query++ = '\0';

    oat_dispatch(&no_store, "GET", path, query, &answer);
    fuzz_require(answer.status == 200 || answer.status == 400 || answer.status == 404);
    fuzz_require(answer.body.len > 0);
    if (strcmp(answer.content_type, OAT_CONTENT_JSON) == 0)
        fuzz_require(oat_json_is_valid(answer.body.bytes, answer.body.len));
    oat_json_free(&answer.body);
    free(path);
    return 0;
}
