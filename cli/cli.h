/* What the commands of the `oat` tool share. */
#ifndef OAT_CLI_CLI_H
#define OAT_CLI_CLI_H

#include "oat/reader.h"

/* How a command ends. */
enum { OAT_EXIT_OK = 0, OAT_EXIT_FAILED = 1, OAT_EXIT_USAGE = 2 };

/* The options that every command takes, and what is known of where its output goes. */
struct oat_cli {
    const char *dir; /* --dir, OAT_DATA_DIR or ".oat" */
    bool json;
    bool csv;
    bool raw;          /* CSV cells as they are */
    bool color;        /* stdout is a terminal that wants colour */
    bool err_terminal; /* stderr is a terminal: progress may be shown there */
    size_t columns;    /* width of the terminal; 80 when stdout is none */
};

/* An option of one command. */
struct oat_cli_option {
    const char *name;  /* without dashes */
    char letter;       /* 0: none */
    const char *value; /* what it is called in help; NULL: a flag */
    const char *help;
};

/* A command. run gets its name as argv[0]; the options of every command are taken out already. It
 * returns an exit code. */
struct oat_cli_command {
    const char *name;
    const char *arguments; /* for its usage line; may be "" */
    const char *help;
    const struct oat_cli_option *options; /* ends with a name NULL; NULL: none */
    int (*run)(struct oat_cli *cli, int argc, char **argv);
};

#endif
