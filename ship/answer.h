/* What a daemon answers about a pair (docs/api.md, Segments). */
#ifndef OAT_SHIP_ANSWER_H
#define OAT_SHIP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAT_SHIP_MESSAGE_SIZE 400u

struct oat_ship_answer {
    bool complete, ended;
    bool is_empty;                       /* nothing of .spans is there */
    uint64_t blob_bytes;                 /* of .blobs that are there */
    uint32_t slots;                      /* that are there, from the first one on, at least */
    bool is_own;                         /* an error: the writer writes to that very store */
    char message[OAT_SHIP_MESSAGE_SIZE]; /* of an error, printable; else "" */
};

/* Reads the JSON of an answer, whoever sent it. False: it is not one; *ret is then as it was. */
bool oat_ship_answer_parse(const char *text, size_t len, struct oat_ship_answer *ret);

#endif
