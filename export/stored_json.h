/* Payloads of a snapshot as JSON values. A payload that is lost or damaged is null, never a failure:
 * all return OAT_OK or OAT_E_NOMEM. */
#ifndef OAT_EXPORT_STORED_JSON_H
#define OAT_EXPORT_STORED_JSON_H

#include "export/payload_json.h"
#include "format/json_write.h"
#include "oat/reader.h"

/* The payload's value (oat_json_payload_bytes); null when there is none. *ret_lost: there is one, but
 * it is lost or damaged. ret_id: its content id; zero when it is not there as it was. */
int oat_json_payload(struct oat_json *json, const oat_snapshot *snapshot, const oat_payload *payload,
                     bool *ret_lost, uint8_t ret_id[16]);

/* Its first OAT_PREVIEW_CHARS characters as a string; null when there is none, or it is not text. */
int oat_json_preview(struct oat_json *json, const oat_snapshot *snapshot, const oat_payload *payload,
                     bool *ret_lost);

/* The payload as a string, whatever is in it (an error's text is for people); null when there is
 * none. */
int oat_json_payload_text(struct oat_json *json, const oat_snapshot *snapshot, const oat_payload *payload);

/* Encoded attributes read from a snapshot. */
struct oat_stored_attrs {
    uint8_t *bytes; /* owned here; free with oat_stored_attrs_free */
    size_t len;
    bool lost;
    struct oat_given given; /* points into bytes */
};

int oat_stored_attrs_read(const oat_snapshot *snapshot, const oat_payload *payload,
                          struct oat_stored_attrs *ret);
void oat_stored_attrs_free(struct oat_stored_attrs *attrs);
/* The attributes as an object: empty when there are none, null when they are lost. */
void oat_json_stored_attrs(struct oat_json *json, const struct oat_stored_attrs *attrs);

#endif
