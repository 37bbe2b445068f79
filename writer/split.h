/* Proposes where to cut a payload, so that what is sent again is the same piece again. It reads
 * JSON where it finds it and never judges: whatever the bytes, the pieces lie end to end and cover
 * them. */
#ifndef OAT_WRITER_SPLIT_H
#define OAT_WRITER_SPLIT_H

#include "writer/cut.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAT_SPLIT_LITERAL_MAX 256u   /* a piece is a LITERAL only below this */
#define OAT_SPLIT_WHOLE_MAX   16384u /* a value up to this is one piece */
#define OAT_SPLIT_ELEMENTS    65536u /* message elements that are told apart; the rest by content */

enum oat_piece_kind {
    OAT_PIECE_LITERAL, /* brackets, commas, keys: too small to share */
    OAT_PIECE_CHUNK,   /* at most OAT_CUT_MAX bytes */
    OAT_PIECE_MEDIA,   /* canonical base64 of any length */
};

struct oat_piece {
    enum oat_piece_kind kind;
    size_t pos;
    size_t len;
    bool ends_element; /* a message ends with this piece: a longer conversation may go on here */
};

/* Where a split stands. Plain data: a copy taken after a piece that ends an element goes on in any
 * other text that begins with the same bytes (oat_split_resume). */
struct oat_split {
    const struct oat_cutter *cutter;
    const uint8_t *text;
    size_t len;
    size_t pos;         /* before it everything has been handed out */
    size_t part_end;    /* of the run being cut: one piece, or by content */
    size_t area_end;    /* of the gap or element being handed out */
    size_t element_end; /* of the element behind the gap; <= pos: none */
    size_t media_pos;   /* next base64 run in the area; SIZE_MAX: none */
    size_t media_len;
    uint32_t elements; /* handed out so far */
    uint8_t mode;
    bool first;      /* no entry of the container has been read */
    bool in_object;  /* the array is a member of the outermost object */
    bool is_element; /* the area is a message */
    bool by_content; /* the part is cut by content */
};

/* Starts at the beginning of text, which is borrowed until the last call. */
void oat_split_start(struct oat_split *split, const struct oat_cutter *cutter, const void *text, size_t len);

/* Turns a copy of an earlier state towards another text whose first split->pos bytes are the same. */
void oat_split_resume(struct oat_split *split, const void *text, size_t len);

/* The next piece. False at the end. A text that is all one piece comes as one piece of any kind. */
bool oat_split_next(struct oat_split *split, struct oat_piece *ret);

#endif
