#include "reader/part_contains.h"

#include <stdlib.h>
#include <string.h>

int oat_part_search_open(struct oat_part_search *search, struct oat_part *part,
                         const struct oat_text_match *match)
{
    struct oat_pack *pack = oat_part_pack(part);
    size_t words = (pack ? oat_pack_payload_count(pack) : 0) / 64 + 1;
    oat_text folded = oat_text_match_folded(match);
    *search = (struct oat_part_search){.part = part, .folded_len = folded.len};
    search->folded = malloc(folded.len + 1);
    search->known = calloc(words, sizeof *search->known);
    search->found = calloc(words, sizeof *search->found);
    if (!search->folded || !search->known || !search->found) {
        oat_part_search_close(search);
        return OAT_E_NOMEM;
    }
    memcpy(search->folded, folded.bytes, folded.len);
    return OAT_OK;
}

void oat_part_search_close(struct oat_part_search *search)
{
    free(search->folded);
    free(search->known);
    free(search->found);
    *search = (struct oat_part_search){0};
}

bool oat_part_search_is_of(const struct oat_part_search *search, const struct oat_text_match *match)
{
    oat_text folded = oat_text_match_folded(match);
    return folded.len == search->folded_len && memcmp(folded.bytes, search->folded, folded.len) == 0;
}

static int look_into(const struct oat_part_search *search, const struct oat_text_match *match,
                     uint32_t payload, bool *ret)
{
    uint8_t *bytes;
    size_t len;
    int result = oat_pack_read(oat_part_pack(search->part), payload, SIZE_MAX, &bytes, &len);
    *ret = false;
    if (result == OAT_OK) {
        *ret = oat_text_match_in(match, bytes, len);
        free(bytes);
    }
    return result == OAT_E_NOMEM ? result : OAT_OK;
}

int oat_part_contains(struct oat_part_search *search, const struct oat_text_match *match, uint64_t number,
                      bool *ret)
{
    struct oat_pack *pack = oat_part_pack(search->part);
    if (number == 0 || search->folded_len == 0) {
        *ret = number != 0;
        return OAT_OK;
    }
    if (!pack || number > oat_pack_payload_count(pack)) {
        *ret = false;
        return OAT_OK;
    }
    uint32_t payload = (uint32_t)(number - 1);
    uint64_t bit = UINT64_C(1) << payload % 64;
    if (!(search->known[payload / 64] & bit)) {
        bool found;
        int result = look_into(search, match, payload, &found);
        if (result != OAT_OK)
            return result;
        search->known[payload / 64] |= bit;
        search->found[payload / 64] |= found ? bit : 0;
    }
    *ret = search->found[payload / 64] & bit;
    return OAT_OK;
}
