#include "bench/support/texts.h"

#include "bench/support/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t oat_bench_texts_add(oat_bench_texts *texts, const char *format, ...)
{
    va_list list;
    char *text;
    if (texts->count == texts->room) {
        texts->room = texts->room ? 2 * texts->room : 1024;
        texts->text = realloc(texts->text, texts->room * sizeof *texts->text);
    }
    va_start(list, format);
    if (!texts->text || vasprintf(&text, format, list) < 0)
        oat_bench_fail("memory");
    va_end(list);
    texts->text[texts->count++] = text;
    return texts->count;
}

uint32_t oat_bench_texts_find_or_add(oat_bench_texts *texts, const char *text)
{
    for (uint32_t number = 1; number <= texts->count; number++)
        if (strcmp(oat_bench_text(texts, number), text) == 0)
            return number;
    return oat_bench_texts_add(texts, "%s", text);
}

void oat_bench_texts_free(oat_bench_texts *texts)
{
    for (uint32_t i = 0; i < texts->count; i++)
        free(texts->text[i]);
    free(texts->text);
    *texts = (oat_bench_texts){0};
}
