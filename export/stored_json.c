#include "export/stored_json.h"

#include <stdlib.h>
#include <string.h>

#include "format/utf8.h"

#define UTF8_CHAR_MAX 4u

/* Reads at most max bytes. *ret_bytes NULL: there is none to show; *ret_lost tells whether there
 * should be. */
static int read_payload(const oat_snapshot *snapshot, const oat_payload *payload, size_t max,
                        uint8_t **ret_bytes, size_t *ret_len, bool *ret_lost)
{
    *ret_bytes = NULL;
    *ret_lost = payload->present && payload->lost;
    if (!payload->present || payload->lost)
        return OAT_OK;
    int rc = max == SIZE_MAX ? oat_payload_read(snapshot, payload, ret_bytes, ret_len)
                             : oat_payload_read_prefix(snapshot, payload, max, ret_bytes, ret_len);
    if (rc == OAT_E_NOMEM)
        return rc;
    if (rc != OAT_OK)
        *ret_bytes = NULL;
    *ret_lost = rc != OAT_OK;
    return OAT_OK;
}

int oat_json_payload(struct oat_json *json, const oat_snapshot *snapshot, const oat_payload *payload,
                     bool *ret_lost, uint8_t ret_id[16])
{
    uint8_t *bytes;
    size_t len;
    int rc = read_payload(snapshot, payload, SIZE_MAX, &bytes, &len, ret_lost);
    if (rc != OAT_OK)
        return rc;
    memset(ret_id, 0, 16);
    if (bytes && !payload->forgotten)
        oat_content_id_in(snapshot, bytes, len, ret_id);
    if (bytes)
        oat_json_payload_bytes(json, payload->media_type, bytes, len);
    else
        oat_json_null(json);
    free(bytes);
    return OAT_OK;
}

int oat_json_preview(struct oat_json *json, const oat_snapshot *snapshot, const oat_payload *payload,
                     bool *ret_lost)
{
    uint8_t *bytes;
    size_t len;
    int rc = read_payload(snapshot, payload, OAT_PREVIEW_CHARS * UTF8_CHAR_MAX, &bytes, &len, ret_lost);
    if (rc != OAT_OK)
        return rc;
    size_t shown = bytes ? oat_preview_len((const char *)bytes, len) : 0;
    bool is_text = oat_media_is_json(payload->media_type) ||
                   (payload->media_type && strncmp(payload->media_type, "text/", 5) == 0) ||
                   (bytes && oat_utf8_is_valid((const char *)bytes, shown));
    oat_json_string(json, bytes && is_text ? (const char *)bytes : NULL, shown);
    free(bytes);
    return OAT_OK;
}

int oat_json_payload_text(struct oat_json *json, const oat_snapshot *snapshot, const oat_payload *payload)
{
    uint8_t *bytes;
    size_t len;
    bool lost;
    int rc = read_payload(snapshot, payload, SIZE_MAX, &bytes, &len, &lost);
    if (rc != OAT_OK)
        return rc;
    oat_json_string(json, (const char *)bytes, len);
    free(bytes);
    return OAT_OK;
}

int oat_stored_attrs_read(const oat_snapshot *snapshot, const oat_payload *payload,
                          struct oat_stored_attrs *ret)
{
    *ret = (struct oat_stored_attrs){0};
    int rc = read_payload(snapshot, payload, SIZE_MAX, &ret->bytes, &ret->len, &ret->lost);
    if (rc == OAT_OK && ret->bytes)
        ret->lost = !oat_attrs_given(ret->bytes, ret->len, &ret->given);
    return rc;
}

void oat_stored_attrs_free(struct oat_stored_attrs *attrs)
{
    free(attrs->bytes);
    *attrs = (struct oat_stored_attrs){0};
}

void oat_json_stored_attrs(struct oat_json *json, const struct oat_stored_attrs *attrs)
{
    if (attrs->bytes) {
        oat_json_attrs(json, attrs->bytes, attrs->len);
    } else if (attrs->lost) {
        oat_json_null(json);
    } else {
        oat_json_object_begin(json);
        oat_json_object_end(json);
    }
}
