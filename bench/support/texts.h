/* Texts with numbers: 1, 2, 3 .. in the order they are added; 0 stands for none. */
#ifndef OAT_BENCH_TEXTS_H
#define OAT_BENCH_TEXTS_H

#include <stddef.h>
#include <stdint.h>

/* Zero-initialise. */
typedef struct oat_bench_texts {
    char **text; /* of number 1 on */
    uint32_t count;
    size_t room;
} oat_bench_texts;

/* Adds a text (printf) and returns its number. Ends the program when out of memory. */
__attribute__((format(printf, 2, 3))) uint32_t oat_bench_texts_add(oat_bench_texts *texts, const char *format,
                                                                   ...);

/* The number of a text that may have been added before; for few texts. */
uint32_t oat_bench_texts_find_or_add(oat_bench_texts *texts, const char *text);

/* NULL for 0. Borrowed until oat_bench_texts_free. */
static inline const char *oat_bench_text(const oat_bench_texts *texts, uint32_t number)
{
    return number == 0 ? NULL : texts->text[number - 1];
}

void oat_bench_texts_free(oat_bench_texts *texts);

#endif
