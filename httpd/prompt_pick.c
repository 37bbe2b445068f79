#include "httpd/prompt_pick.h"

#include <math.h>
#include <string.h>
#include <xxhash.h>

/* Weighted rendezvous hashing: every version draws from the key's own exponential distribution, whose rate is
 * the version's weight; the least one wins (with probability weight / sum of weights). */
static double draw(const struct oat_prompt_version *version, oat_text key)
{
    uint64_t seed = XXH3_64bits_withSeed(version->name.bytes, version->name.len, version->number);
    uint64_t hash = XXH3_64bits_withSeed(key.bytes, key.len, seed);
    double uniform = ((double)(hash >> 11) + 0.5) * 0x1p-53; /* in (0, 1) */
    return -log(uniform) / version->weight;
}

size_t oat_prompt_pick(const struct oat_prompts *prompts, size_t first, size_t count, oat_text key,
                       const char **ret_why)
{
    static const oat_text usual = {OAT_PROMPT_LABEL_DEFAULT, sizeof OAT_PROMPT_LABEL_DEFAULT - 1};
    double least = INFINITY;
    size_t found = first + count - 1;
    *ret_why = "latest";
    for (size_t i = first; i < first + count; i++) {
        double drawn = prompts->versions[i].weight > 0 ? draw(&prompts->versions[i], key) : INFINITY;
        if (drawn >= least)
            continue;
        least = drawn;
        found = i;
        *ret_why = "split";
    }
    const struct oat_prompt_label *label = oat_prompts_find_label(prompts, first, count, usual);
    if (least < (double)INFINITY || !label)
        return found;
    *ret_why = "label";
    return label->version;
}
