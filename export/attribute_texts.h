/* The attributes of many spans of a snapshot as JSON. Where spans have the same, as those of a trace often
 * do, they are read and written once. */
#ifndef OAT_EXPORT_ATTRIBUTE_TEXTS_H
#define OAT_EXPORT_ATTRIBUTE_TEXTS_H

#include "export/stored_json.h"
#include "reader/attribute_sets.h"

/* What is known of a set. */
struct oat_attribute_text {
    uint64_t number; /* of the set */
    struct oat_given given;
    struct oat_json json; /* the object */
};

/* Zero-initialise; of one snapshot; one thread at a time. */
struct oat_attribute_texts {
    struct oat_attribute_sets sets;
    struct oat_attribute_text texts[OAT_ATTRIBUTE_SETS]; /* as in sets */
    struct oat_stored_attrs other;                       /* of no set, read last */
    struct oat_json other_json;
};

void oat_attribute_texts_free(struct oat_attribute_texts *texts);

/* Reads the attributes of a span or trace: what they say of it, and the others as an object. Both are
 * borrowed until the next call. OAT_OK or OAT_E_NOMEM. */
int oat_attribute_texts_read(struct oat_attribute_texts *texts, const oat_snapshot *snapshot,
                             const oat_payload *payload, const struct oat_given **ret_given,
                             const struct oat_json **ret_json);

#endif
