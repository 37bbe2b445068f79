/* Tables and sections of files that tests make. Any failure ends the program. */
#ifndef OAT_TESTS_TABLE_MAKER_H
#define OAT_TESTS_TABLE_MAKER_H

#include "compactor/table_writer.h"
#include "compactor/text_codes.h"
#include "oat/reader.h"

/* Ends the program when something was not done. */
void oat_make_require(bool done, const char *what);
/* Zeroed, and never NULL. free(). */
void *oat_make_array(size_t count, size_t size);

/* 8 bytes of an id as columns have them. */
uint64_t oat_make_id_number(const uint8_t id[8]);
/* The code of a text; 0 for one that is not set. */
uint32_t oat_make_code(struct oat_text_codes *codes, oat_text text);

/* A table of all columns from first to last. */
void oat_make_table(struct oat_table_writer *table, struct oat_section_writer *file, enum oat_table_id id,
                    unsigned first, unsigned last);
void oat_make_row(struct oat_table_writer *table);
/* Writes what is left of it and releases it. */
void oat_make_table_end(struct oat_table_writer *table);

void oat_make_section(struct oat_section_writer *file, enum oat_section_kind kind, unsigned table,
                      unsigned column, const void *bytes, size_t len);
/* Writes the texts and releases them. */
void oat_make_texts(struct oat_section_writer *file, struct oat_text_codes *codes, unsigned table,
                    unsigned column);
/* The index by id of a table with these hashes. */
void oat_make_index(struct oat_section_writer *file, enum oat_table_id table, unsigned column,
                    const uint64_t *hashes, size_t count);

#endif
