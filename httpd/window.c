#include "httpd/window.h"

#include <stdio.h>

#define POINTS_MAX 10000u

static bool fail(struct oat_query_error *error, const char *parameter, const char *message)
{
    snprintf(error->parameter, sizeof error->parameter, "%s", parameter);
    snprintf(error->message, sizeof error->message, "%s", message);
    return false;
}

bool oat_window_read(const struct oat_query *query, uint64_t now_ns, uint64_t len_ns, uint64_t every_ns,
                     struct oat_window *ret, struct oat_query_error *ret_error)
{
    struct oat_window window = {.to_ns = now_ns, .every_ns = every_ns};
    if (!oat_query_time(query, "from", now_ns, &window.from_ns, ret_error) ||
        !oat_query_time(query, "to", now_ns, &window.to_ns, ret_error) ||
        !oat_query_duration(query, "window", &len_ns, ret_error) ||
        !oat_query_duration(query, "every", &window.every_ns, ret_error))
        return false;
    if (window.from_ns > 0 && oat_query_get(query, "window", NULL))
        return fail(ret_error, "window", "from and window exclude each other");
    if (window.to_ns >= INT64_MAX)
        return fail(ret_error, "to", "it is later than any span can be");
    if (window.from_ns == 0)
        window.from_ns = window.to_ns > len_ns ? window.to_ns - len_ns : 1;
    if (window.from_ns >= window.to_ns)
        return fail(ret_error, "from", "the time ends before it begins");
    if (window.every_ns > 0 && (window.to_ns - window.from_ns) / window.every_ns >= POINTS_MAX)
        return fail(ret_error, "every", "that would be more than 10000 points");
    *ret = window;
    return true;
}

struct oat_window oat_window_before(const struct oat_window *window)
{
    uint64_t len_ns = window->to_ns - window->from_ns;
    return (struct oat_window){.from_ns = window->from_ns > len_ns ? window->from_ns - len_ns : 0,
                               .to_ns = window->from_ns,
                               .every_ns = window->every_ns};
}
