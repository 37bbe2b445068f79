/* Reads bytes as the prompts of a store. Checksums would keep the fuzzer out, so a file that fails them gets
 * right ones. */
#include "fuzz/section_file.h"
#include "fuzz/small_store.h"

#include "format/sections.h"
#include "httpd/prompt_json.h"
#include "httpd/prompt_pick.h"

static void use(const struct oat_prompts *prompts)
{
    struct oat_json json = {0};
    const char *why;
    for (size_t i = 0, count; i < prompts->version_count; i += count) {
        size_t first;
        count = oat_prompts_find(prompts, prompts->versions[i].name, &first);
        fuzz_require(first == i && count > 0);
        size_t picked = oat_prompt_pick(prompts, first, count, prompts->versions[i].body, &why);
        fuzz_require(picked >= first && picked - first < count);
        oat_json_clear(&json);
        oat_json_prompt_summary(&json, prompts, first, count);
        oat_json_prompt(&json, prompts, picked, why);
    }
    oat_json_free(&json);
}

static void read_prompts(const uint8_t *bytes, size_t len)
{
    struct oat_problems problems;
    struct oat_prompts prompts;
    int fd = fuzz_small_store(OAT_PROMPTS_NAME, bytes, len);
    oat_problems_init(&problems);
    int result = oat_prompts_read(fd, &problems, &prompts);
    fuzz_require((result == OAT_OK) == (oat_problems_count(&problems) == 0));
    if (prompts.version_count < 1000) /* many versions take long to look up one by one */
        use(&prompts);
    oat_prompts_clear(&prompts);
    oat_problems_clear(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_section_file(data, size, OAT_MAGIC_PROMPTS, read_prompts);
    return 0;
}
