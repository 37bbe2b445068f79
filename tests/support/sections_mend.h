/* Gives a file of sections right checksums, whatever else is in it: what a hostile author would do. */
#ifndef OAT_TESTS_SECTIONS_MEND_H
#define OAT_TESTS_SECTIONS_MEND_H

#include <stddef.h>
#include <stdint.h>

/* Also sets magics, version and lengths, where the file is long enough for them. Any bytes will do. */
void oat_sections_mend(uint8_t *file, size_t len, const char *magic);

#endif
