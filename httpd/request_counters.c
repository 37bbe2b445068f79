#include "httpd/request_counters.h"

#include <pthread.h>
#include <stdio.h>

#include "httpd/prometheus.h"

#define CLASSES 5u /* of status: 1xx .. 5xx */

static const struct oat_prom_buckets seconds = {.first = 0.001, .factor = 4, .count = 9}; /* .. 65.536 */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    uint64_t by_class[CLASSES];
    struct oat_prom_histogram elapsed_s;
} routes[OAT_COUNTED_ROUTES_MAX + 1];

void oat_count_request(size_t route, int status, double elapsed_s)
{
    size_t number = route < OAT_COUNTED_ROUTES_MAX ? route : OAT_COUNTED_ROUTES_MAX;
    size_t class = (size_t)status / 100 - 1;
    pthread_mutex_lock(&lock);
    if (class < CLASSES)
        routes[number].by_class[class]++;
    oat_prom_observe(&routes[number].elapsed_s, &seconds, elapsed_s);
    pthread_mutex_unlock(&lock);
}

static struct oat_prom_labels labels_of(size_t route, const char *(*path_of)(size_t route))
{
    const char *path = route < OAT_COUNTED_ROUTES_MAX ? path_of(route) : "other";
    return (struct oat_prom_labels){{{"route", oat_prom_text(path)}}};
}

static void write_counts(struct oat_json *out, size_t route, const char *(*path_of)(size_t route))
{
    char text[8];
    struct oat_prom_labels labels = labels_of(route, path_of);
    for (unsigned class = 0; class < CLASSES; class ++) {
        if (routes[route].by_class[class] == 0)
            continue;
        snprintf(text, sizeof text, "%uxx", class + 1);
        labels.label[1] = (struct oat_prom_label){"status", oat_prom_text(text)};
        oat_prom_sample(out, "oat_http_requests_total", &labels, (double)routes[route].by_class[class]);
    }
}

static bool was_asked(size_t route)
{
    for (unsigned i = 0; i <= seconds.count; i++)
        if (routes[route].elapsed_s.count[i] > 0)
            return true;
    return false;
}

void oat_request_counters_write(struct oat_json *out, const char *(*path_of)(size_t route))
{
    pthread_mutex_lock(&lock);
    oat_prom_begin(out, "oat_http_requests_total", "counter", "Requests that were answered.");
    for (size_t i = 0; i <= OAT_COUNTED_ROUTES_MAX; i++)
        write_counts(out, i, path_of);
    oat_prom_begin(out, "oat_http_request_duration_seconds", "histogram",
                   "From a request being there to its answer being given to send.");
    for (size_t i = 0; i <= OAT_COUNTED_ROUTES_MAX; i++) {
        struct oat_prom_labels labels = labels_of(i, path_of);
        if (was_asked(i))
            oat_prom_write_histogram(out, "oat_http_request_duration_seconds", &labels, &seconds,
                                     &routes[i].elapsed_s);
    }
    pthread_mutex_unlock(&lock);
}
