#include "examples/agent_parts/memory.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct agent_memory {
    sqlite3 *db;
};

struct agent_memory *agent_memory_open(const char *path)
{
    struct agent_memory *memory = calloc(1, sizeof *memory);
    if (!memory)
        return NULL;
    if (sqlite3_open(path, &memory->db) != SQLITE_OK || sqlite3_busy_timeout(memory->db, 2000) != SQLITE_OK ||
        sqlite3_exec(memory->db,
                     "create table if not exists notes(id integer primary key, note text not null)", NULL,
                     NULL, NULL) != SQLITE_OK) {
        agent_memory_close(memory);
        return NULL;
    }
    return memory;
}

void agent_memory_close(struct agent_memory *memory)
{
    if (!memory)
        return;
    sqlite3_close(memory->db);
    free(memory);
}

/* A database span: the statement is its input. It became the current span, so the caller only has
 * to end it. */
static oat_span *start_statement(oat_tracer *tracer, const char *operation, const char *sql)
{
    oat_span *span = oat_span_start(tracer, OAT_DATABASE, operation);
    oat_span_set_text(span, OAT_TEXT_OPERATION, operation, OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_PROVIDER, "sqlite", OAT_NUL);
    oat_span_set_input(span, sql, strlen(sql), "text/plain");
    return span;
}

/* Ends it, with SQLite's message when the statement failed. */
static void end_statement(oat_span *span, sqlite3 *db, bool ok, int64_t rows)
{
    if (ok)
        oat_span_set_attr_int(span, "db.rows", rows);
    else
        oat_span_set_error(span, sqlite3_errmsg(db), OAT_NUL);
    oat_span_end(span);
}

bool agent_memory_add(struct agent_memory *memory, oat_tracer *tracer, const char *note)
{
    static const char sql[] = "insert into notes(note) values(?)";
    /* OAT_SCOPE ends its span on every way out of the block. */
    OAT_SCOPE(span, tracer, OAT_MEMORY, "remember");
    oat_span_set_input(span, note, strlen(note), "text/plain");

    oat_span *statement_span = start_statement(tracer, "insert", sql);
    sqlite3_stmt *statement = NULL;
    bool ok = sqlite3_prepare_v2(memory->db, sql, -1, &statement, NULL) == SQLITE_OK &&
              sqlite3_bind_text(statement, 1, note, -1, SQLITE_TRANSIENT) == SQLITE_OK &&
              sqlite3_step(statement) == SQLITE_DONE;
    end_statement(statement_span, memory->db, ok, ok ? 1 : 0);
    sqlite3_finalize(statement);
    if (!ok)
        oat_span_set_status(span, OAT_STATUS_ERROR, "the note was not kept");
    return ok;
}

char *agent_memory_recall(struct agent_memory *memory, oat_tracer *tracer, int count)
{
    static const char sql[] = "select note from notes order by id desc limit ?";
    OAT_SCOPE(span, tracer, OAT_MEMORY, "recall");

    oat_span *statement_span = start_statement(tracer, "select", sql);
    sqlite3_stmt *statement = NULL;
    char *notes = NULL;
    size_t len = 0;
    int64_t rows = 0;
    FILE *out = open_memstream(&notes, &len);
    int rc = sqlite3_prepare_v2(memory->db, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK)
        sqlite3_bind_int(statement, 1, count);
    while (out && rc != SQLITE_DONE && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        fprintf(out, "- %s\n", (const char *)sqlite3_column_text(statement, 0));
        rows++;
    }
    if (out)
        fclose(out);
    end_statement(statement_span, memory->db, rc == SQLITE_DONE, rows);
    sqlite3_finalize(statement);
    if (rc != SQLITE_DONE || !notes) {
        free(notes);
        oat_span_set_status(span, OAT_STATUS_ERROR, "the notes were not read");
        return NULL;
    }
    oat_span_set_output(span, notes, len, "text/plain");
    return notes;
}
