/* Redaction by a pattern of PCRE2 of any text: the pattern is the input's first line, the text what follows.
 * What is said to match lies in the text, and does not come back. */
#include "fuzz/fuzz.h"

#include "oat/extra.h"
#include "oat/oat.h"
#include "redact/redact.h"

#include <string.h>

#define PATTERN_MAX 256u

/* The redactor under test, whose answers are checked on their way. */
static int find_checked(void *state, size_t pattern, const char *text, size_t len, size_t from,
                        size_t *ret_pos, size_t *ret_len)
{
    int result = oat_pcre2_redactor()->find(state, pattern, text, len, from, ret_pos, ret_len);
    if (result == OAT_OK)
        fuzz_require(*ret_pos >= from && *ret_pos<len && * ret_len> 0 && *ret_len <= len - *ret_pos);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char marker[] = "[redacted ";
    char text[PATTERN_MAX], wrong[OAT_CONFIG_WRONG_SIZE];
    const uint8_t *end = memchr(data, '\n', size < PATTERN_MAX ? size : PATTERN_MAX);
    if (!end)
        return 0;
    memcpy(text, data, (size_t)(end - data));
    text[end - data] = '\0';
    const oat_config_pattern pattern = {"p", text};
    const oat_redactor *pcre2 = oat_pcre2_redactor();
    const oat_redactor redactor = {pcre2->open, find_checked, pcre2->close};
    const oat_config config = {.redact_patterns = &pattern, .redact_pattern_count = 1, .redactor = &redactor};
    struct oat_redact_rules rules;
    oat_random random = {{1, 2, 3, 4}};
    struct oat_redact_ids ids = {.random = &random};
    uint8_t *kept;
    size_t len;
    fuzz_require(oat_redact_rules_open(&config, &rules, wrong) == OAT_OK);
    fuzz_require((rules.redactor == NULL) == (*wrong != '\0'));
    if (oat_redact(&rules, end + 1, size - (size_t)(end + 1 - data), &ids, &kept, &len) == OAT_OK) {
        fuzz_require(len >= sizeof marker && memmem(kept, len, marker, sizeof marker - 1));
        free(kept);
    }
    oat_redact_rules_close(&rules);
    return 0;
}
