#include "writer/text.h"

#include "format/entry.h"
#include "format/ids.h"
#include "format/names.h"
#include "format/payload.h"
#include "writer/append.h"
#include "writer/payload_copy.h"
#include "writer/writer.h"

#include <stdlib.h>
#include <string.h>

#define SHORT_PREFIX_MAX 4063u /* with "#" and 32 hex digits: OAT_TEXT_MAX */

_Static_assert(SHORT_PREFIX_MAX + 33 == OAT_TEXT_MAX, "prefix, #, hash");

size_t oat_text_shorten(const char *text, size_t len, char *ret)
{
    char hex[33];
    oat_content_id id = oat_content_id_of(text, len, 0);
    size_t n = SHORT_PREFIX_MAX;
    /* Back to the start of the character that would be cut; a run of continuation bytes longer than
     * any character is not UTF-8 and is cut anywhere. */
    for (unsigned back = 0; back < 3 && ((unsigned char)text[n] & 0xc0) == 0x80; back++)
        n--;
    if (((unsigned char)text[n] & 0xc0) == 0x80)
        n = SHORT_PREFIX_MAX;
    memcpy(ret, text, n);
    ret[n] = '#';
    oat_hex_print(id.b, sizeof id.b, hex);
    memcpy(ret + n + 1, hex, 32);
    return n + 33;
}

static int write_string(oat_thread *thread, oat_pair *pair, const oat_content_id *id, const char *text,
                        size_t len, uint32_t *ret_ref)
{
    struct oat_disk_string slot = {.len_bytes = oat_le32_of((uint32_t)len)};
    uint32_t slot_no;
    memcpy(&slot.hash, id->b, sizeof slot.hash);
    if (len <= OAT_STRING_INLINE_MAX) {
        memcpy(slot.u.text, text, len);
    } else {
        slot.in_blob = 1;
        int st = oat_append_payload(thread, pair, text, len, OAT_MEDIA_TEXT, &slot.u.blob);
        if (st != OAT_OK)
            return st;
    }
    int st = oat_append_slot(thread, pair, (const uint8_t *)&slot, OAT_SLOT_STRING, &slot_no);
    if (st == OAT_OK)
        *ret_ref = slot_no + 1;
    return st;
}

int oat_text_ref(oat_thread *thread, oat_pair *pair, const char *text, size_t len, uint32_t *ret_ref)
{
    if (len > OAT_PAYLOAD_MAX)
        return OAT_E_LIMIT;
    oat_content_id id = oat_content_id_of(text, len, pair->blobs.hash_seed);
    oat_text_cached *cached = &thread->texts[id.b[15] % OAT_TEXT_CACHE_SIZE];
    uint64_t known;

    if (cached->pair_serial == pair->serial && memcmp(&cached->id, &id, sizeof id) == 0) {
        *ret_ref = cached->ref;
        return OAT_OK;
    }
    uint32_t ref;
    if (oat_dedup_find(pair->strings, &id, &known)) {
        ref = (uint32_t)known;
    } else {
        int st = write_string(thread, pair, &id, text, len, &ref);
        if (st != OAT_OK)
            return st;
        oat_dedup_put(pair->strings, &id, ref);
    }
    *cached = (oat_text_cached){.id = id, .pair_serial = pair->serial, .ref = ref};
    *ret_ref = ref;
    return OAT_OK;
}

void oat_name_keep(oat_thread *thread, const oat_pair *pair, const char *text, size_t len, uint32_t ref)
{
    oat_name_cached *way = oat_name_way(thread, text);
    if (len >= sizeof way->text)
        return;
    way->at = text;
    way->pair_serial = pair->serial;
    way->ref = ref;
    way->len = (uint32_t)len;
    memcpy(way->text, text, len + 1);
}

/* Reads a text of a pair back. *ret is malloc'd. OAT_OK, OAT_E_IO, OAT_E_CORRUPT or OAT_E_NOMEM. */
static int read_back(const oat_pair *pair, uint32_t ref, char **ret, size_t *ret_len)
{
    struct oat_disk_string slot;
    int st = oat_pair_fetch_slot(pair, ref - 1, (uint8_t *)&slot);
    if (st != OAT_OK)
        return st;
    if (slot.in_blob)
        return oat_payload_read_back(pair, &slot.u.blob, (uint8_t **)ret, ret_len);
    size_t len = oat_le32_get(slot.len_bytes);
    if (len > OAT_STRING_INLINE_MAX)
        return OAT_E_CORRUPT;
    char *text = malloc(len + 1);
    if (!text)
        return OAT_E_NOMEM;
    memcpy(text, slot.u.text, len);
    text[len] = '\0';
    *ret = text;
    *ret_len = len;
    return OAT_OK;
}

int oat_text_move(oat_thread *thread, const oat_pair *from, oat_pair *to, uint32_t ref, uint32_t *ret_ref)
{
    char *text;
    size_t len;
    *ret_ref = 0;
    if (ref == 0)
        return OAT_OK;
    int st = read_back(from, ref, &text, &len);
    if (st != OAT_OK) {
        oat_count_drop(thread, st);
        return OAT_OK;
    }
    st = oat_text_ref(thread, to, text, len, ret_ref);
    free(text);
    return st;
}
