/* The redactor that looks for regular expressions, by PCRE2. */
#include "oat/extra.h"
#include "oat/oat.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of one search; it takes some tenths of a second then. */
#define MATCH_LIMIT 5000000u
#define DEPTH_LIMIT 10000u
#define HEAP_KIB    16384u

struct patterns {
    pcre2_match_context *limits;
    size_t count;
    pcre2_code *codes[];
};

static void close_patterns(void *state)
{
    struct patterns *patterns = state;
    if (!patterns)
        return;
    for (size_t i = 0; i < patterns->count; i++)
        pcre2_code_free(patterns->codes[i]);
    pcre2_match_context_free(patterns->limits);
    free(patterns);
}

/* Without the just-in-time compiler it is slower. NULL: *ret_wrong says why. */
static pcre2_code *compile(const oat_config_pattern *pattern, char ret_wrong[OAT_CONFIG_WRONG_SIZE])
{
    int error;
    PCRE2_SIZE at;
    pcre2_code *code = pcre2_compile(
        (PCRE2_SPTR)pattern->pattern, PCRE2_ZERO_TERMINATED,
        PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C, &error, &at, NULL);
    if (code) {
        pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
        return code;
    }
    PCRE2_UCHAR why[200] = "";
    pcre2_get_error_message(error, why, sizeof why);
    snprintf(ret_wrong, OAT_CONFIG_WRONG_SIZE, "pattern \"%s\": column %zu: %s", pattern->name,
             (size_t)at + 1, (const char *)why);
    return NULL;
}

static int open_patterns(const oat_config_pattern *list, size_t count, void **ret_state,
                         char ret_wrong[OAT_CONFIG_WRONG_SIZE])
{
    int st = OAT_E_NOMEM;
    struct patterns *patterns = calloc(1, sizeof *patterns + count * sizeof *patterns->codes);
    snprintf(ret_wrong, OAT_CONFIG_WRONG_SIZE, "%s", oat_result_text(OAT_E_NOMEM));
    if (!patterns)
        return st;
    patterns->limits = pcre2_match_context_create(NULL);
    if (!patterns->limits)
        goto fail;
    pcre2_set_match_limit(patterns->limits, MATCH_LIMIT);
    pcre2_set_depth_limit(patterns->limits, DEPTH_LIMIT);
    pcre2_set_heap_limit(patterns->limits, HEAP_KIB);
    st = OAT_E_INVALID;
    for (size_t i = 0; i < count; i++) {
        pcre2_code *code = compile(&list[i], ret_wrong);
        if (!code)
            goto fail;
        patterns->codes[patterns->count++] = code;
    }
    *ret_wrong = '\0';
    *ret_state = patterns;
    return OAT_OK;
fail:
    close_patterns(patterns);
    return st;
}

static int find_pattern(void *state, size_t pattern, const char *text, size_t len, size_t from,
                        size_t *ret_pos, size_t *ret_len)
{
    const struct patterns *patterns = state;
    pcre2_match_data *found = pcre2_match_data_create(1, NULL);
    if (!found)
        return OAT_E_NOMEM;
    /* The pattern may match more than fits: then 0. What is empty hides nothing. */
    int count = pcre2_match(patterns->codes[pattern], (PCRE2_SPTR)text, len, from, PCRE2_NOTEMPTY, found,
                            patterns->limits);
    const PCRE2_SIZE *bounds = pcre2_get_ovector_pointer(found);
    int st = count >= 0                      ? OAT_OK
             : count == PCRE2_ERROR_NOMATCH  ? OAT_NOTFOUND
             : count == PCRE2_ERROR_NOMEMORY ? OAT_E_NOMEM
                                             : OAT_E_LIMIT;
    /* \K may put the beginning anywhere. */
    if (st == OAT_OK && (bounds[0] < from || bounds[1] <= bounds[0]))
        st = OAT_E_LIMIT;
    if (st == OAT_OK) {
        *ret_pos = bounds[0];
        *ret_len = bounds[1] - bounds[0];
    }
    pcre2_match_data_free(found);
    return st;
}

const oat_redactor *oat_pcre2_redactor(void)
{
    static const oat_redactor redactor = {open_patterns, find_pattern, close_patterns};
    return &redactor;
}
