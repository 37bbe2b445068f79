/* Fuzz target: a text index of any bytes is refused or asked within its bytes; and the signature of any
 * group rules out no text that is in it or in a part of it.
 * Input: counts of groups and chunks, then the section; all of it is a group too, the bytes from some place
 * on are a chunk of it, and its last bytes are the text. */
#include "format/signature.h"
#include "fuzz/fuzz.h"
#include "oat/oat.h"
#include "reader/text_match.h"

#include <string.h>

static void ask_all(const uint8_t *data, size_t size, uint32_t groups, uint32_t chunks)
{
    struct oat_signatures signatures;
    const char *what = NULL;
    if (oat_signatures_open(data, size, groups, chunks, &signatures, &what) != OAT_OK) {
        fuzz_require(what != NULL);
        return;
    }
    for (uint32_t g = 0; g < groups; g++)
        oat_signatures_may_have(&signatures, g, "refund policy", 13);
    for (uint32_t c = 0; c < chunks; c++) {
        const uint8_t *edges = oat_signatures_edges(&signatures, c);
        if (edges)
            memcpy((uint8_t[OAT_EDGES_SIZE]){0}, edges, OAT_EDGES_SIZE);
    }
}

/* Seeks a text in a group, of which a chunk begins at `from`. */
static void seek(const uint8_t *raw, size_t len, size_t from, size_t chunk_len, size_t text_len)
{
    static uint8_t section[16 + OAT_SIGNATURE_MAX];
    struct oat_signatures signatures;
    struct oat_text_match *match;
    const char *what;
    size_t room = oat_signature_room(len, 1);
    if (room == 0 || len > OAT_CHUNK_MAX ||
        oat_text_match_create((const char *)raw + len - text_len, text_len, &match) != OAT_OK)
        return;
    size_t bits_len = oat_signature_make(raw, len, section + 16, room);
    const oat_le32 head[] = {oat_le32_of(1), oat_le32_of(0), oat_le32_of((uint32_t)(bits_len / 8))};
    memcpy(section, head, sizeof head);
    fuzz_require(oat_signatures_open(section, 16 + bits_len, 1, 1, &signatures, &what) == OAT_OK);
    oat_text folded = oat_text_match_folded(match);
    bool is_there = oat_text_match_in(match, raw, len);
    fuzz_require(is_there || !oat_text_match_in(match, raw + from, chunk_len));
    fuzz_require(!is_there || oat_signatures_may_have(&signatures, 0, folded.bytes, folded.len));
    oat_text_match_free(match);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4)
        return 0;
    ask_all(data + 2, size - 2, data[0], data[1]);
    size_t from = data[0] * size / 256, text_len = 1 + data[1] % 16u;
    seek(data, size, from, data[2] * (size - from) / 256, text_len < size ? text_len : size);
    return 0;
}
