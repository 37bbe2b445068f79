#include "tests/support/run_writer.h"

#include "format/attrs.h"
#include "tests/support/unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define AWAIT_MS      10000
#define AWAIT_STEP_MS 5

int oat_run_writer_set_up(void **state)
{
    struct oat_run_writer *w = calloc(1, sizeof *w);
    if (!w)
        return -1;
    oat_run_dir_make(w->dir);
    oat_config_init(&w->config);
    w->config.data_dir = w->dir;
    *state = w;
    return oat_tracer_open(&w->config, &w->tracer);
}

int oat_run_writer_tear_down(void **state)
{
    struct oat_run_writer *w = *state;
    oat_tracer_close(w->tracer);
    oat_run_dir_remove(w->dir);
    free(w);
    return 0;
}

void oat_run_writer_reopen(struct oat_run_writer *w)
{
    oat_tracer_close(w->tracer);
    w->tracer = NULL;
    assert_int_equal(oat_tracer_open(&w->config, &w->tracer), OAT_OK);
}

struct oat_run_view oat_run_look(const struct oat_run_writer *w)
{
    struct oat_run_view view;
    int st = oat_run_view_open(w->dir, &view);
    if (st != OAT_OK)
        fail_msg("the store cannot be read: %s", oat_result_text(st));
    return view;
}

const oat_span_view *oat_run_span(const struct oat_run_view *view, const char *name)
{
    size_t i = oat_run_view_named(view, name);
    if (i == SIZE_MAX)
        fail_msg("no span is named %s; there are %zu", name, view->count);
    return &view->spans[i];
}

void oat_run_await_span(const struct oat_run_writer *w, const char *name)
{
    for (int ms = 0; ms < AWAIT_MS; ms += AWAIT_STEP_MS) {
        struct oat_run_view view = oat_run_look(w);
        bool found = oat_run_view_named(&view, name) != SIZE_MAX;
        oat_run_view_close(&view);
        if (found)
            return;
        oat_run_sleep_ms(AWAIT_STEP_MS);
    }
    fail_msg("%s did not appear", name);
}

void oat_run_assert_clean(const struct oat_run_writer *w, unsigned allowed)
{
    char text[400];
    struct oat_run_view view = oat_run_look(w);
    bool clean = oat_run_view_is_clean(&view, allowed, text);
    oat_run_view_close(&view);
    if (!clean)
        fail_msg("%s", text);
}

void oat_run_assert_text(oat_text text, const void *bytes, size_t len)
{
    assert_non_null(text.bytes);
    assert_int_equal(text.len, len);
    assert_memory_equal(text.bytes, bytes, len);
}

void oat_run_assert_payload(const struct oat_run_view *view, const oat_payload *payload, const void *bytes,
                            size_t len)
{
    uint8_t *got;
    size_t got_len;
    assert_true(payload->present);
    assert_int_equal(oat_payload_read(view->snapshot, payload, &got, &got_len), OAT_OK);
    assert_int_equal(got_len, len);
    assert_memory_equal(got, bytes, len);
    free(got);
}

bool oat_run_has_attr(const struct oat_run_view *view, const oat_span_view *span, const char *key,
                      const void *value, size_t len)
{
    struct oat_attr_cursor cursor;
    struct oat_attr_value got;
    const uint8_t *got_key;
    size_t got_key_len;
    uint8_t *bytes;
    size_t bytes_len;
    bool found = false;
    if (!span->attributes.present)
        return false;
    assert_int_equal(oat_payload_read(view->snapshot, &span->attributes, &bytes, &bytes_len), OAT_OK);
    assert_int_equal(oat_attrs_open(bytes, bytes_len, &cursor), OAT_OK);
    while (!found && oat_attrs_next(&cursor, &got_key, &got_key_len, &got))
        found = got_key_len == strlen(key) && memcmp(got_key, key, got_key_len) == 0 &&
                got.type == OAT_VALUE_STRING && got.len == len && memcmp(got.bytes, value, len) == 0;
    free(bytes);
    return found;
}

oat_stats oat_run_stats(const struct oat_run_writer *w)
{
    oat_stats stats;
    oat_tracer_get_stats(w->tracer, &stats);
    return stats;
}

uint64_t oat_run_drops(const struct oat_run_writer *w)
{
    oat_stats s = oat_run_stats(w);
    return s.drops_full + s.drops_io + s.drops_memory + s.drops_reentrant + s.drops_limit;
}

static int run_child(void (*fn)(struct oat_run_writer *w), struct oat_run_writer *w, bool killed)
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        fn(w);
        if (killed)
            kill(getpid(), SIGKILL);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

void oat_run_in_child(void (*fn)(struct oat_run_writer *w), struct oat_run_writer *w)
{
    int status = run_child(fn, w, false);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("the child ended with status %x", (unsigned)status);
}

void oat_run_in_killed_child(void (*fn)(struct oat_run_writer *w), struct oat_run_writer *w)
{
    int status = run_child(fn, w, true);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

void oat_run_sleep_ms(unsigned ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&pause, NULL);
}
