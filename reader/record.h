/* A span as it was stored, with what it refers to: the same from a slot of a pair and from a row of a
 * part. Views, the canonical form and the compactor begin here. */
#ifndef OAT_READER_RECORD_H
#define OAT_READER_RECORD_H

#include "format/slot.h"
#include "oat/reader.h"

struct oat_sources;

enum oat_record_payload_field {
    OAT_RECORD_INPUT,
    OAT_RECORD_OUTPUT,
    OAT_RECORD_ATTRIBUTES,
    OAT_RECORD_ERROR,
    OAT_RECORD_PAYLOADS,
};

/* How the bytes of a payload are found. */
enum oat_place_kind {
    OAT_PLACE_NONE = 0,      /* there is no payload */
    OAT_PLACE_ENTRY = 1,     /* an entry of the pair's .blobs */
    OAT_PLACE_PACK = 2,      /* a payload number of the part's pack */
    OAT_PLACE_ATTRIBUTES = 3 /* a row of the part: its attributes are put together from codes */
};

struct oat_record_payload {
    enum oat_place_kind kind;
    uint8_t media;  /* enum oat_media */
    uint8_t flags;  /* OAT_REF_* */
    uint8_t id4[4]; /* ENTRY */
    uint64_t raw_len;
    uint64_t place; /* ENTRY: offset; PACK: number; ATTRIBUTES: row */
};

struct oat_record {
    struct oat_disk_span span; /* its numbers and ids; commit word and references are zero */
    uint32_t source;           /* in the sources */
    bool open;                 /* an OPEN, not a SPAN */
    oat_text text[OAT_TEXT_FIELDS];
    struct oat_record_payload payload[OAT_RECORD_PAYLOADS];
};

/* Reads the span at `place` (slot or row) of a source. Texts are borrowed from the sources. OAT_OK;
 * OAT_E_CORRUPT, OAT_E_IO: it cannot be read any more (reported). Any thread. */
int oat_record_read(struct oat_sources *sources, uint32_t source, uint32_t place, struct oat_record *ret);

/* Reads a payload of a record, at most max bytes of it. *ret_bytes is the caller's: free(); a NUL stands
 * behind its end. OAT_NOTFOUND: none. OAT_E_CORRUPT: damaged (reported) or lost. Any thread. */
int oat_record_payload_read(struct oat_sources *sources, uint32_t source,
                            const struct oat_record_payload *payload, size_t max, uint8_t **ret_bytes,
                            size_t *ret_len);

#endif
