/* oat: looks into a store of traces. */
#include "cli/args.h"
#include "cli/commands.h"
#include "cli/ls.h"
#include "cli/overview.h"
#include "cli/query.h"
#include "reader/faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COMMANDS_MAX 32u

struct invocation {
    struct oat_cli cli;
    const struct oat_cli_command *command;
    bool help;
    bool version;
    char **rest; /* the command's own arguments, its name first */
    int rest_count;
};

static const struct oat_cli_command *find_command(const char *name)
{
    for (size_t i = 0; oat_cli_commands[i]; i++)
        if (strcmp(oat_cli_commands[i]->name, name) == 0)
            return oat_cli_commands[i];
    return NULL;
}

/* ---- Help ---- */

static void print_options(const struct oat_cli_option *options)
{
    for (; options && options->name; options++) {
        char left[48];
        int n = options->letter ? snprintf(left, sizeof left, "-%c, ", options->letter) : 0;
        snprintf(left + n, sizeof left - (size_t)n, "--%s%s%s", options->name, options->value ? " " : "",
                 options->value ? options->value : "");
        printf("  %-24s %s\n", left, options->help);
    }
}

static const struct oat_cli_option global_options[] = {
    {"dir", 0, "DIR", "the store (default: OAT_DATA_DIR, else .oat)"},
    {"json", 0, NULL, "JSON: one object a line for lists"},
    {"csv", 0, NULL, "CSV: ls and query only"},
    {"raw", 0, NULL, "CSV cells as they are, also those that a spreadsheet would run"},
    {"help", 'h', NULL, "this text"},
    {"version", 0, NULL, "the version"},
    {0},
};

static void print_help(void)
{
    puts("usage: oat [--dir DIR] [COMMAND] [OPTIONS]\n\n"
         "Looks into a store of agent traces. Without a command: the newest traces.\n");
    for (size_t i = 0; oat_cli_commands[i]; i++)
        printf("  %-24s %s\n", oat_cli_commands[i]->name, oat_cli_commands[i]->help);
    puts("\noptions of every command, before or behind it:");
    print_options(global_options);
    puts("\nA trace is named by its id, by a unique beginning of it of 8 digits or more, or by the text the\n"
         "agent gave. Exit codes: 0 done, 1 failed (verify: something is damaged), 2 wrong usage.");
}

static void print_command_help(const struct oat_cli_command *command)
{
    printf("usage: oat %s%s%s%s\n\n%s\n", command->name, command->options ? " [OPTIONS]" : "",
           *command->arguments ? " " : "", command->arguments, command->help);
    if (command->options)
        puts("\noptions:");
    print_options(command->options);
    puts("\noptions of every command:");
    print_options(global_options);
}

/* ---- Arguments ---- */

/* True when the option, in some command, takes the next argument as its value. */
static bool takes_value(const char *arg)
{
    const char *name = arg + strspn(arg, "-");
    if (arg[1] == '-' ? strchr(arg, '=') != NULL : arg[2] != '\0')
        return false;
    for (size_t i = 0; oat_cli_commands[i]; i++)
        for (const struct oat_cli_option *o = oat_cli_commands[i]->options; o && o->name; o++)
            if (o->value && (strcmp(o->name, name) == 0 || (name[1] == '\0' && o->letter == name[0])))
                return true;
    return false;
}

/* Takes an option of every command; *used becomes the arguments it took, 0 when it is none. */
static bool take_global(struct invocation *v, int left, char **argv, int *used)
{
    const char *arg = argv[0];
    *used = 1;
    if (strcmp(arg, "--json") == 0)
        v->cli.json = true;
    else if (strcmp(arg, "--csv") == 0)
        v->cli.csv = true;
    else if (strcmp(arg, "--raw") == 0)
        v->cli.raw = true;
    else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
        v->help = true;
    else if (strcmp(arg, "--version") == 0)
        v->version = true;
    else if (strncmp(arg, "--dir=", 6) == 0)
        v->cli.dir = arg + 6;
    else if (strcmp(arg, "--dir") == 0 && left < 2) {
        oat_cli_usage("option --dir needs a value: a directory");
        return false;
    } else if (strcmp(arg, "--dir") == 0) {
        v->cli.dir = argv[1];
        *used = 2;
    } else
        *used = 0;
    if (!*v->cli.dir) {
        oat_cli_usage("option --dir needs a value: a directory");
        return false;
    }
    return true;
}

/* An option that no command stands behind. */
static int refuse_option(const char *arg)
{
    static const char *const names[] = {"dir", "json", "csv", "raw", "help", "version", NULL};
    const char *near = oat_cli_nearest(arg + strspn(arg, "-"), names);
    return near ? oat_cli_usage("no option %s; did you mean --%s?", arg, near)
                : oat_cli_usage("no option %s; see: oat --help", arg);
}

/* What a command is called elsewhere, or the name most like it; NULL: neither. */
static const char *guess_command(const char *name)
{
    static const char *const others[][2] = {
        {"list", "ls"},     {"traces", "ls"},    {"get", "show"},    {"cat", "show"},
        {"tree", "show"},   {"view", "show"},    {"follow", "tail"}, {"watch", "tail"},
        {"info", "stat"},   {"check", "verify"}, {"fsck", "verify"}, {"dump", "export"},
        {"load", "import"}, {"search", "grep"},  {"find", "grep"},   {"version", "--version"},
    };
    const char *names[COMMANDS_MAX] = {0};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(name, others[i][0]) == 0)
            return others[i][1];
    for (size_t i = 0; oat_cli_commands[i] && i + 1 < COMMANDS_MAX; i++)
        names[i] = oat_cli_commands[i]->name;
    return oat_cli_nearest(name, names);
}

/* The first argument that is neither an option nor the value of one names the command; `oat help show`
 * is `oat show --help`. */
static bool take_command(struct invocation *v, const char *name)
{
    v->command = find_command(name);
    if (v->command)
        return true;
    if (strcmp(name, "help") == 0) {
        v->help = true;
        return true;
    }
    const char *guess = guess_command(name);
    if (v->rest_count > 1) /* the name may be the value of this option */
        refuse_option(v->rest[1]);
    else if (guess)
        oat_cli_usage("no command %s; did you mean %s?", name, guess);
    else
        oat_cli_usage("no command %s; see: oat --help", name);
    return false;
}

/* Sorts argv into v->rest[1..] (the command's own) and what every command takes. */
static bool sort_arguments(struct invocation *v, int argc, char **argv)
{
    bool only_positional = false;
    v->rest_count = 1;
    for (int at = 1; at < argc; at++) {
        char *arg = argv[at];
        bool is_option = !only_positional && arg[0] == '-' && arg[1] != '\0';
        int used = 0;
        if (is_option && strcmp(arg, "--") == 0) {
            only_positional = true;
        } else if (is_option) {
            if (!take_global(v, argc - at, argv + at, &used))
                return false;
            if (used > 0) {
                at += used - 1;
                continue;
            }
        } else if (!v->command) {
            if (!take_command(v, arg))
                return false;
            continue;
        }
        v->rest[v->rest_count++] = arg;
        if (is_option && strcmp(arg, "--") != 0 && takes_value(arg) && at + 1 < argc)
            v->rest[v->rest_count++] = argv[++at];
    }
    return true;
}

/* ---- Terminal ---- */

static void look_at_terminal(struct oat_cli *cli)
{
    struct winsize size;
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    bool terminal = isatty(STDOUT_FILENO);
    cli->columns = 80;
    if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        cli->columns = size.ws_col;
    cli->color = terminal && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
    cli->err_terminal = isatty(STDERR_FILENO);
}

static int run(struct invocation *v)
{
    if (v->version) {
        printf("oat %s\n", oat_version());
        return OAT_EXIT_OK;
    }
    if (v->help) {
        if (v->command)
            print_command_help(v->command);
        else
            print_help();
        return OAT_EXIT_OK;
    }
    if (v->cli.json && v->cli.csv)
        return oat_cli_usage("--json and --csv exclude each other");
    if (v->cli.csv && v->command != &oat_cli_ls && v->command != &oat_cli_query)
        return oat_cli_usage("%s prints no CSV; there are: oat ls --csv, oat query --csv",
                             v->command ? v->command->name : "oat");
    if (v->command) {
        v->rest[0] = (char *)(uintptr_t)v->command->name;
        return v->command->run(&v->cli, v->rest_count, v->rest);
    }
    if (v->rest_count > 1)
        return refuse_option(v->rest[1]);
    if (v->cli.json)
        return oat_cli_usage("--json needs a command, for example: oat ls --json");
    return oat_cli_overview(&v->cli);
}

/* What was printed may be wrong when a file could not be read. */
static int check_fault(int code)
{
    oat_problem problem;
    char text[OAT_PROBLEM_TEXT_SIZE];
    if (!oat_faults_newest(&problem))
        return code;
    int failed =
        oat_cli_fail("%s: what is printed may be wrong", oat_problem_text(&problem, text, sizeof text));
    return code == OAT_EXIT_OK ? failed : code;
}

int main(int argc, char **argv)
{
    const char *dir = getenv("OAT_DATA_DIR");
    struct invocation v = {.cli.dir = dir && *dir ? dir : ".oat"};
    int code = OAT_EXIT_USAGE;

    v.rest = calloc((size_t)argc + 2, sizeof *v.rest);
    if (!v.rest)
        return oat_cli_fail("%s", oat_result_text(OAT_E_NOMEM));
    oat_faults_catch();
    look_at_terminal(&v.cli);
    if (sort_arguments(&v, argc, argv))
        code = run(&v);
    free(v.rest);
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == OAT_EXIT_OK)
        code = oat_cli_fail("cannot write all of the output");
    return check_fault(code);
}
