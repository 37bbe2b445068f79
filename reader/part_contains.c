#include "reader/part_contains.h"

#include "reader/text_copy.h"
#include "reader/text_search.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of payloads that are read one by one before all of them are searched at once. */
#define ONE_BY_ONE (1u << 20)

int oat_part_search_open(struct oat_part_search *search, struct oat_part *part,
                         const struct oat_text_match *match)
{
    struct oat_pack *pack = oat_part_pack(part);
    size_t words = (pack ? oat_pack_payload_count(pack) : 0) / 64 + 1;
    oat_text folded = oat_text_match_folded(match);
    *search = (struct oat_part_search){.part = part, .folded_len = folded.len};
    search->folded = oat_text_copy(folded);
    search->known = calloc(words, sizeof *search->known);
    search->found = calloc(words, sizeof *search->found);
    if (!search->folded || !search->known || !search->found) {
        oat_part_search_close(search);
        return OAT_E_NOMEM;
    }
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

static void remember(struct oat_part_search *search, uint32_t payload, bool found)
{
    uint64_t bit = UINT64_C(1) << payload % 64;
    search->known[payload / 64] |= bit;
    search->found[payload / 64] |= found ? bit : 0;
}

static int look_into(struct oat_part_search *search, const struct oat_text_match *match, uint32_t payload)
{
    uint8_t *bytes;
    size_t len;
    int result = oat_pack_read_text(oat_part_pack(search->part), payload, 0, UINT64_MAX, &bytes, &len);
    if (result == OAT_E_NOMEM)
        return result;
    remember(search, payload, result == OAT_OK && oat_text_match_in(match, bytes, len));
    if (result == OAT_OK) {
        search->read_bytes += len;
        free(bytes);
    }
    return OAT_OK;
}

/* Looks into all payloads, where the pack's index allows that. */
static int look_into_all(struct oat_part_search *search, const struct oat_text_match *match)
{
    struct oat_pack *pack = oat_part_pack(search->part);
    int result = oat_text_search(pack, match, search->found);
    search->searched = true;
    if (result == OAT_OK)
        memset(search->known, 0xff, (oat_pack_payload_count(pack) / 64 + 1) * sizeof *search->known);
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
    int result = OAT_OK;
    if (!(search->known[payload / 64] & bit) && !search->searched && search->read_bytes > ONE_BY_ONE)
        result = look_into_all(search, match);
    if (result == OAT_OK && !(search->known[payload / 64] & bit))
        result = look_into(search, match, payload);
    if (result == OAT_OK)
        *ret = search->found[payload / 64] & bit;
    return result;
}
