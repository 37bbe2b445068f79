#include "cli/filter.h"

#include "cli/args.h"
#include "cli/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void oat_cli_point_at(const char *text, size_t column)
{
    size_t columns = 0, at = column - 1, len = strlen(text);
    /* Columns of what stands before the place: characters may be wide, or shown as escapes. */
    const char *place = text;
    for (size_t i = 0; i < at && *place; i++) {
        const char *next = place + 1;
        while (((unsigned char)*next & 0xc0) == 0x80)
            next++;
        columns += oat_text_columns(place, (size_t)(next - place));
        place = next;
    }
    fputs("  ", stderr);
    oat_print_text(stderr, text, len, SIZE_MAX);
    fprintf(stderr, "\n  %*s^\n", (int)(columns < 10000 ? columns : 10000), "");
}

uint64_t oat_cli_now_ns(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

bool oat_cli_filter(const char *text, oat_filter **ret_filter)
{
    oat_filter_error error;
    int result = oat_filter_parse(text, strlen(text), oat_cli_now_ns(), ret_filter, &error);
    if (result == OAT_OK)
        return true;
    if (result != OAT_E_INVALID) {
        oat_cli_fail("%s", oat_result_text(result));
        return false;
    }
    oat_cli_usage("filter, column %zu: %s", error.column, error.message);
    oat_cli_point_at(text, error.column);
    return false;
}
