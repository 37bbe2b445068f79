/* Texts of STRING slots, read when they are asked for and kept. */
#ifndef OAT_READER_STRINGS_H
#define OAT_READER_STRINGS_H

#include "reader/pair.h"

struct oat_string_entry;
struct oat_string_block;

/* Any thread may look texts up. */
struct oat_strings {
    pthread_mutex_t lock;
    struct oat_string_entry *table; /* open addressing, a power of two */
    size_t capacity;
    size_t count;
    size_t bytes; /* of all texts kept */
    struct oat_string_block *blocks;
};

void oat_strings_init(struct oat_strings *strings);
void oat_strings_clear(struct oat_strings *strings);
/* Forgets all texts that were handed out. */
void oat_strings_forget(struct oat_strings *strings);

/* The text of a reference (slot number + 1; 0 = none). Unset (bytes NULL) when there is none or it
 * cannot be read, which is added to problems. */
oat_text oat_strings_get(struct oat_strings *strings, const struct oat_pair *pair, uint32_t ref,
                         struct oat_problems *problems);

/* Checks the values of a STRING slot whose checksum is right. False: *ret_what, unless NULL, names
 * the field. */
bool oat_string_check(const struct oat_disk_string *string, const char **ret_what);

/* Keeps a copy of a text that stands nowhere in a STRING slot. Unset when out of memory. */
oat_text oat_strings_keep(struct oat_strings *strings, const void *bytes, size_t len);

#endif
