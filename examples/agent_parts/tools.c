#include "examples/agent_parts/tools.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "examples/agent_parts/calculator.h"

#define FILE_BYTES_MAX (1 << 20)
#define HITS_MAX       5

/* A tool reads its argument and returns text for the model. *ret_failed tells whether the text is an
 * error. */
struct tool {
    const char *name, *description, *argument, *argument_description;
    char *(*run)(const struct agent_tools *tools, const char *argument, bool *ret_failed);
};

__attribute__((format(printf, 1, 2))) static char *text_of(const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    return text;
}

static char *run_calculator(const struct agent_tools *tools, const char *argument, bool *ret_failed)
{
    (void)tools;
    double value;
    const char *error;
    *ret_failed = !agent_calculate(argument, &value, &error);
    return *ret_failed ? text_of("error: %s", error) : text_of("%.15g", value);
}

/* Looks for the text in one file. Each file is a file_io span: a slow search shows where it was
 * slow. */
static void search_file(const struct agent_tools *tools, const char *name, const char *text, FILE *out,
                        int *hits)
{
    char path[4096], line[1024];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", tools->search_dir, name);
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_BYTES_MAX)
        return;

    OAT_SCOPE(span, tools->tracer, OAT_FILE_IO, "read file");
    oat_span_set_text(span, OAT_TEXT_OPERATION, "read", OAT_NUL);
    oat_span_set_attr_string(span, "file.path", path);
    oat_span_set_attr_int(span, "file.size", st.st_size);
    FILE *file = fopen(path, "re");
    if (!file) {
        oat_span_set_status(span, OAT_STATUS_ERROR, "cannot open the file");
        return;
    }
    for (int number = 1; *hits < HITS_MAX && fgets(line, sizeof line, file); number++) {
        if (!strstr(line, text))
            continue;
        fprintf(out, "%s:%d: %s", name, number, line);
        ++*hits;
    }
    fclose(file);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static char *run_file_search(const struct agent_tools *tools, const char *argument, bool *ret_failed)
{
    struct dirent **entries;
    int hits = 0, count = scandir(tools->search_dir, &entries, is_visible, alphasort);
    *ret_failed = count < 0;
    if (count < 0)
        return text_of("error: cannot list %s", tools->search_dir);
    char *result = NULL;
    size_t len;
    FILE *out = open_memstream(&result, &len);
    for (int i = 0; i < count; i++) {
        if (out && hits < HITS_MAX)
            search_file(tools, entries[i]->d_name, argument, out, &hits);
        free(entries[i]);
    }
    free(entries);
    if (out && hits == 0)
        fprintf(out, "no file has \"%s\"", argument);
    if (out)
        fclose(out);
    return result;
}

static char *run_remember(const struct agent_tools *tools, const char *argument, bool *ret_failed)
{
    *ret_failed = !agent_memory_add(tools->memory, tools->tracer, argument);
    return text_of(*ret_failed ? "error: the note was not kept" : "noted");
}

static const struct tool all_tools[] = {
    {"calculator", "Evaluates arithmetic.", "expression", "for example (2 + 3) * 4", run_calculator},
    {"file_search", "Finds lines that contain a text in the files at hand.", "text", "what to look for",
     run_file_search},
    {"remember", "Keeps a note for later conversations.", "note", "one sentence", run_remember},
};

json_t *agent_tools_describe(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof all_tools / sizeof *all_tools; i++) {
        const struct tool *tool = &all_tools[i];
        json_array_append_new(list, json_pack("{s:s, s:{s:s, s:s, s:{s:s, s:{s:{s:s, s:s}}, s:[s]}}}", "type",
                                              "function", "function", "name", tool->name, "description",
                                              tool->description, "parameters", "type", "object", "properties",
                                              tool->argument, "type", "string", "description",
                                              tool->argument_description, "required", tool->argument));
    }
    return list;
}

static const struct tool *find_tool(const char *name)
{
    for (size_t i = 0; i < sizeof all_tools / sizeof *all_tools; i++)
        if (strcmp(all_tools[i].name, name) == 0)
            return &all_tools[i];
    return NULL;
}

char *agent_tools_run(const struct agent_tools *tools, const char *name, const char *arguments)
{
    OAT_SCOPE(span, tools->tracer, OAT_TOOL, name);
    oat_span_set_input(span, arguments, strlen(arguments), "application/json");

    const struct tool *tool = find_tool(name);
    json_t *parsed = json_loads(arguments, 0, NULL);
    const char *argument = tool ? json_string_value(json_object_get(parsed, tool->argument)) : NULL;
    bool failed = true;
    char *result;
    if (!tool)
        result = text_of("error: there is no tool %s", name);
    else if (!argument)
        result = text_of("error: expected an object with the text \"%s\"", tool->argument);
    else
        result = tool->run(tools, argument, &failed);
    json_decref(parsed);

    /* A failed tool does not fail the run: the model reads the error and tries otherwise. The trace
     * shows both. */
    if (failed)
        oat_span_set_error(span, result, OAT_NUL);
    else if (result)
        oat_span_set_output(span, result, strlen(result), "text/plain");
    return result;
}
