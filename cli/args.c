#include "cli/args.h"

#include "cli/text.h"
#include "format/edit_distance.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NAMES_MAX 32u

/* File names and arguments may come from strangers too. */
static void say(const char *format, va_list list)
{
    char *text;
    int len = vasprintf(&text, format, list);
    fputs("oat: ", stderr);
    if (len >= 0) {
        oat_print_text(stderr, text, (size_t)len, 0);
        free(text);
    }
    fputc('\n', stderr);
}

int oat_cli_fail(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    say(format, list);
    va_end(list);
    return OAT_EXIT_FAILED;
}

int oat_cli_usage(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    say(format, list);
    va_end(list);
    return OAT_EXIT_USAGE;
}

/* ---- The nearest name ---- */

const char *oat_cli_nearest(const char *text, const char *const *names)
{
    const char *best = NULL;
    size_t best_distance = strlen(text) / 3 + 2;
    for (; *names; names++) {
        size_t d = oat_edit_distance(text, strlen(text), *names, strlen(*names));
        if (strlen(text) >= 2 && strncmp(text, *names, strlen(text)) == 0)
            d = 0;
        if (d < best_distance) {
            best_distance = d;
            best = *names;
        }
    }
    return best;
}

/* ---- Options ---- */

static const struct oat_cli_option *find(const struct oat_cli_option *options, const char *name, size_t len)
{
    for (; options && options->name; options++)
        if ((strlen(options->name) == len && memcmp(options->name, name, len) == 0) ||
            (len == 1 && options->letter == name[0]))
            return options;
    return NULL;
}

static void explain_unknown(const struct oat_cli_option *options, const char *command, const char *arg)
{
    const char *names[NAMES_MAX] = {"dir", "json", "csv", "raw", "help", "version"};
    size_t count = 6;
    for (; options && options->name && count + 1 < NAMES_MAX; options++)
        names[count++] = options->name;
    const char *near = oat_cli_nearest(arg + strspn(arg, "-"), names);
    if (near)
        oat_cli_usage("%s has no option %s; did you mean --%s?", command, arg, near);
    else
        oat_cli_usage("%s has no option %s; see: oat %s --help", command, arg, command);
}

/* Takes one option at argv[*at]; moves *at to its value if that is an argument of its own. */
static bool take_option(const struct oat_cli_option *options, int argc, char **argv, int *at,
                        struct oat_cli_args *args)
{
    const char *arg = argv[*at];
    bool is_long = arg[1] == '-';
    const char *name = arg + (is_long ? 2 : 1);
    size_t len = is_long ? strcspn(name, "=") : 1;
    const char *rest = name + len;
    const struct oat_cli_option *option = find(options, name, len);

    if (!option || (is_long && len == 1) || (!is_long && *rest && !option->value)) {
        explain_unknown(options, argv[0], arg);
        return false;
    }
    const char *value = *rest == '=' ? rest + 1 : *rest ? rest : NULL;
    if (option->value && !value) {
        if (*at + 1 >= argc) {
            oat_cli_usage("option %s needs a value: %s", arg, option->value);
            return false;
        }
        value = argv[++*at];
    } else if (!option->value && value) {
        oat_cli_usage("option --%s takes no value", option->name);
        return false;
    }
    args->values[option - options] = value ? value : "";
    return true;
}

/* One argument more than the command takes. */
static void refuse_argument(const char *command, const char *arg, int max)
{
    struct stat st;
    if (max > 0)
        oat_cli_usage("%s: one argument too many: %s", command, arg);
    else if (stat(arg, &st) == 0 && S_ISDIR(st.st_mode))
        oat_cli_usage("%s takes no arguments, found %s; the store is named with --dir", command, arg);
    else
        oat_cli_usage("%s takes no arguments, found %s; see: oat %s --help", command, arg, command);
}

bool oat_cli_parse(const struct oat_cli_option *options, int argc, char **argv, int max,
                   struct oat_cli_args *ret)
{
    struct oat_cli_args args = {.positional = argv + 1};
    bool only_positional = false;
    for (int at = 1; at < argc; at++) {
        char *arg = argv[at];
        if (!only_positional && strcmp(arg, "--") == 0)
            only_positional = true;
        else if (!only_positional && arg[0] == '-' && arg[1] != '\0') {
            if (!take_option(options, argc, argv, &at, &args))
                return false;
        } else
            args.positional[args.count++] = arg; /* never ahead of `at` */
    }
    if (max >= 0 && args.count > max) {
        refuse_argument(argv[0], args.positional[max], max);
        return false;
    }
    *ret = args;
    return true;
}

bool oat_cli_number(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || value < min || value > max) {
        oat_cli_usage("%s takes a whole number from %" PRIu64 " to %" PRIu64 ", not %s", option, min, max,
                      text);
        return false;
    }
    *ret = value;
    return true;
}
