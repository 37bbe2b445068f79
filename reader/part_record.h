/* Rows of a part, read whole (record.h). */
#ifndef OAT_READER_PART_RECORD_H
#define OAT_READER_PART_RECORD_H

#include "reader/part.h"
#include "reader/record.h"

#define OAT_PART_RECORDS 64u /* that are read at once, at most */

/* Reads rows [first, first + count) of SPANS; they are in the table. One that cannot be read, which is
 * reported, becomes zeros: no span has type 0. A text or payload that cannot be read is left out alone;
 * the payload is lost then. texts: a bit for each enum oat_text_field that is wanted; the others stay unset.
 * Texts are borrowed from the part. OAT_OK, or OAT_E_NOMEM. Any thread, as are those below. */
int oat_part_records(struct oat_part *part, uint32_t first, uint32_t count, uint32_t source, uint32_t texts,
                     struct oat_record *ret);

/* The same without texts and payloads: as if there were none. */
int oat_part_record_numbers(struct oat_part *part, uint32_t first, uint32_t count, uint32_t source,
                            struct oat_record *ret);

/* Reads one row, with those texts; see record.h. */
int oat_part_record(struct oat_part *part, uint32_t row, uint32_t source, uint32_t texts,
                    struct oat_record *ret);

/* Of a column that names a payload: its number in the pack + 1, or 0. */
struct oat_record_payload oat_part_payload(struct oat_part *part, uint64_t number);

/* The status a row is shown with; 0: there is no such status. Writers of parts are dead. */
static inline enum oat_shown_status oat_part_shown_status(uint64_t status)
{
    static const uint8_t shown[] = {
        [OAT_STATUS_OPEN] = OAT_SHOWN_INTERRUPTED,
        [OAT_STATUS_SUCCESS] = OAT_SHOWN_SUCCESS,
        [OAT_STATUS_ERROR] = OAT_SHOWN_ERROR,
    };
    return status < sizeof shown ? (enum oat_shown_status)shown[status] : (enum oat_shown_status)0;
}

#endif
