/* The attributes of many spans of a snapshot as JSON. Those that spans have in common, as the spans of a
 * trace have most, are read and written once. */
#ifndef OAT_EXPORT_ATTRIBUTE_TEXTS_H
#define OAT_EXPORT_ATTRIBUTE_TEXTS_H

#include "export/stored_json.h"
#include "reader/attribute_rows.h"

#define OAT_ATTRIBUTE_TEXTS 128u /* that are found again, by the low bits of their codes */

/* A member of an object, in oat_attribute_texts.members. */
struct oat_attribute_text {
    size_t begin, len; /* 0: it is no member by itself */
};

/* Zero-initialise; of one snapshot; one thread at a time. */
struct oat_attribute_texts {
    struct oat_attribute_rows rows;
    struct {
        const struct oat_part *part; /* NULL: none yet */
        uint32_t code;
        struct oat_attribute_text text;
    } known[OAT_ATTRIBUTE_TEXTS];
    struct oat_json members;
    struct oat_attribute_text own[OAT_ATTRIBUTE_COLUMNS]; /* of what was read last */
    uint32_t own_count;                                   /* 0: it is in other */
    struct oat_stored_attrs other;
};

void oat_attribute_texts_free(struct oat_attribute_texts *texts);

/* Reads the attributes of a span or trace. *ret_given: what they say of it; borrowed until the next call.
 * OAT_OK or OAT_E_NOMEM. */
int oat_attribute_texts_read(struct oat_attribute_texts *texts, const oat_snapshot *snapshot,
                             const oat_payload *payload, const struct oat_given **ret_given);

/* Writes the others of those that were read last, as an object; null when they are lost. */
void oat_attribute_texts_put(const struct oat_attribute_texts *texts, struct oat_json *json);

#endif
