#include "bench/support/arguments.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void usage(const oat_bench_argument *arguments, size_t count)
{
    fprintf(stderr, "usage: %s\n", program_invocation_short_name);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "  --%-10s %s\n", arguments[i].name, arguments[i].help);
    exit(2);
}

static bool read_value(const oat_bench_argument *argument, const char *value)
{
    if (argument->text) {
        *argument->text = value;
        return true;
    }
    char *end;
    double number = strtod(value, &end);
    if (end == value || *end != '\0' || !isfinite(number) || number < 0)
        return false;
    *argument->number = number;
    return true;
}

void oat_bench_arguments(int argc, char **argv, const oat_bench_argument *arguments, size_t count)
{
    for (int i = 1; i < argc; i += 2) {
        size_t k = 0;
        while (k < count && (strncmp(argv[i], "--", 2) != 0 || strcmp(argv[i] + 2, arguments[k].name) != 0))
            k++;
        if (k == count || i + 1 == argc || !read_value(&arguments[k], argv[i + 1]))
            usage(arguments, count);
    }
    for (size_t k = 0; k < count; k++)
        if (arguments[k].text && !*arguments[k].text)
            usage(arguments, count);
}
