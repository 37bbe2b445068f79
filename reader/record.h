/* A span as it was stored, with what it refers to: the same from a slot of a pair and from a row of a
 * part. Views, the canonical form and the compactor begin here. */
#ifndef OAT_READER_RECORD_H
#define OAT_READER_RECORD_H

#include "format/slot.h"
#include "oat/reader.h"
#include "reader/slot_maps.h"

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

struct oat_pair;

#define OAT_RECORD_TEXTS_ALL UINT32_MAX

/* The record of a SPAN or OPEN slot (kind as its commit word says) whose values were checked. texts: a bit
 * for each enum oat_text_field that is wanted; the others stay unset. */
void oat_record_of_slot(struct oat_sources *sources, const struct oat_pair *pair, uint16_t kind,
                        const struct oat_disk_span *span, uint32_t texts, struct oat_record *ret);

/* A payload as a reference in a slot describes it. */
struct oat_record_payload oat_record_payload_of(const struct oat_disk_blob_ref *ref);

/* Reads the span at `place` (slot or row) of a source. Texts are borrowed from the sources. OAT_OK;
 * OAT_E_CORRUPT, OAT_E_IO: it cannot be read any more (reported). Any thread. */
int oat_record_read(struct oat_sources *sources, uint32_t source, uint32_t place, struct oat_record *ret);

/* The same for one of many: slots are read through maps (NULL: by themselves), and of the texts
 * the wanted ones (oat_record_of_slot). One thread. */
int oat_record_read_one(struct oat_sources *sources, struct oat_slot_maps *maps, uint32_t texts,
                        uint32_t source, uint32_t place, struct oat_record *ret);

/* Reads a payload of a record, at most max bytes of it. *ret_bytes is the caller's: free(); a NUL stands
 * behind its end. OAT_NOTFOUND: none. OAT_E_CORRUPT: damaged (reported) or lost. Any thread. */
int oat_record_payload_read(struct oat_sources *sources, uint32_t source,
                            const struct oat_record_payload *payload, size_t max, uint8_t **ret_bytes,
                            size_t *ret_len);

/* The same; *ret_masked: something of it is forgotten, and reads as a marker. Not told of attributes, of
 * which each text says it by itself. */
int oat_record_payload_read_masked(struct oat_sources *sources, uint32_t source,
                                   const struct oat_record_payload *payload, size_t max, uint8_t **ret_bytes,
                                   size_t *ret_len, bool *ret_masked);

/* The same of all of a payload that is not OAT_PLACE_ATTRIBUTES, to look for text: bytes of media that stands
 * in it as base64 become OAT_UTF8_NEVER. */
int oat_record_payload_read_text(struct oat_sources *sources, uint32_t source,
                                 const struct oat_record_payload *payload, uint8_t **ret_bytes,
                                 size_t *ret_len);

/* An event, link or score likewise. */
#define OAT_MARK_TEXTS_MAX 4u

struct oat_mark_record {
    uint64_t id, time_ns;   /* of a link: time 0 */
    uint64_t span_start_ns; /* of a score: its target's, 0 = not given */
    oat_text
        text[OAT_MARK_TEXTS_MAX]; /* EVENT: name. LINK: trace state. SCORE: name, label, comment, source */
    struct oat_record_payload attributes; /* EVENT, LINK */
    uint8_t target_trace_id[16];          /* LINK */
    uint8_t target_span_id[8];
    uint8_t trace_flags;
    bool remote;
    bool has_value; /* SCORE */
    uint64_t value; /* bits of the binary64 */
};

/* The record of an EVENT, LINK or SCORE slot whose values were checked. */
void oat_mark_record_of_slot(struct oat_sources *sources, const struct oat_pair *pair, uint16_t kind,
                             const uint8_t bytes[OAT_SLOT_SIZE], struct oat_mark_record *ret);

/* Reads the EVENT, LINK or SCORE (enum oat_slot_kind) at `place` of a source; as oat_record_read. */
int oat_mark_record_read(struct oat_sources *sources, uint32_t source, uint16_t kind, uint32_t place,
                         struct oat_mark_record *ret);

#endif
