#include "httpd/live.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "compactor/parallel.h"
#include "httpd/log.h"
#include "httpd/span_counters.h"
#include "httpd/tail.h"

#define MESSAGES_MAX 16384u
#define BYTES_MAX    (16u << 20)
#define SECOND       UINT64_C(1000000000)
#define MS           UINT64_C(1000000)
#define IDLE_NS      (250 * MS) /* between two looks while nobody subscribes */
#define LINGER_NS    (60 * SECOND)
#define RESUME_SLACK (10 * SECOND) /* spans come later than they ended, from far away */

/* Subscriptions alike. */
struct form {
    char *text; /* NULL: it is free */
    size_t text_len;
    oat_filter *filter; /* only the tail's thread frees it */
    unsigned kinds;
    unsigned subscribers;
    uint32_t generation; /* counts those that had this number */
    uint64_t left_ns;    /* when the last subscriber went */
};

struct listener {
    void (*wake)(void *arg);
    void *arg;
};

struct oat_live {
    struct oat_tail *tail; /* of the thread */
    struct oat_span_counters *counters;
    pthread_t thread;
    bool is_running;   /* the thread; of whoever starts and stops it */
    uint64_t instance; /* cursors of another run of the daemon are of another ring */
    struct listener listeners[OAT_LIVE_LISTENERS_MAX];
    size_t listener_count;

    pthread_mutex_t lock;
    pthread_cond_t changed; /* stopping, or somebody subscribes */
    bool stopping;
    unsigned subscribers;
    struct form forms[OAT_RING_FORMS_MAX];
    unsigned form_count;   /* those from here on were never used */
    struct oat_ring *ring; /* NULL: nobody ever subscribed */
    uint64_t messages, missed;
};

static uint64_t now_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

/* ---- Forms: called with the lock ------------------------------------------------------------------ */

static bool is_alike(const struct form *form, const struct oat_subscription *s)
{
    return form->text && form->kinds == s->kinds && form->text_len == s->text_len &&
           memcmp(form->text, s->text, s->text_len) == 0;
}

/* OAT_RING_FORMS_MAX: there is none. */
static unsigned find_form(const struct oat_live *live, const struct oat_subscription *s)
{
    for (unsigned i = 0; i < live->form_count; i++)
        if (is_alike(&live->forms[i], s))
            return i;
    return OAT_RING_FORMS_MAX;
}

/* Takes over the text and the filter. OAT_RING_FORMS_MAX: there is no room. */
static unsigned add_form(struct oat_live *live, struct oat_subscription *s)
{
    unsigned number = 0;
    while (number < live->form_count && live->forms[number].text)
        number++;
    if (number == OAT_RING_FORMS_MAX)
        return number;
    if (number == live->form_count)
        live->form_count++;
    struct form *form = &live->forms[number];
    *form = (struct form){.text = s->text,
                          .text_len = s->text_len,
                          .filter = s->filter,
                          .kinds = s->kinds,
                          .generation = form->generation + 1};
    s->text = NULL;
    s->filter = NULL;
    return number;
}

static void free_form(struct form *form)
{
    oat_filter_free(form->filter);
    free(form->text);
    form->filter = NULL;
    form->text = NULL;
}

/* Those that nobody came back to; sooner, when there are many. */
static void free_left_forms(struct oat_live *live)
{
    uint64_t linger_ns = live->form_count > OAT_RING_FORMS_MAX / 2 ? 0 : LINGER_NS;
    uint64_t now = now_ns(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < live->form_count; i++)
        if (live->forms[i].text && live->forms[i].subscribers == 0 &&
            now - live->forms[i].left_ns >= linger_ns)
            free_form(&live->forms[i]);
    while (live->form_count > 0 && !live->forms[live->form_count - 1].text)
        live->form_count--;
}

/* ---- The thread ----------------------------------------------------------------------------------- */

/* The forms that are about spans; their filters stay while the thread looks. Returns how many; *ret_live:
 * does anybody wait for these? */
static unsigned list_forms(struct oat_live *live, struct oat_tail_form ret[OAT_RING_FORMS_MAX],
                           bool *ret_live)
{
    unsigned count = 0;
    *ret_live = false;
    free_left_forms(live);
    for (unsigned i = 0; i < live->form_count; i++) {
        const struct form *form = &live->forms[i];
        if (!form->text || !(form->kinds & OAT_LIVE_OF_SPANS))
            continue;
        ret[count++] = (struct oat_tail_form){i, form->filter, form->kinds};
        *ret_live = *ret_live || form->subscribers > 0;
    }
    return count;
}

static void count_span(void *arg, const oat_span_view *span)
{
    const struct oat_live *live = arg;
    oat_span_counters_add(live->counters, span);
}

static void put(void *arg, const char *bytes, size_t len, const uint64_t forms[OAT_RING_FORM_WORDS])
{
    struct oat_live *live = arg;
    pthread_mutex_lock(&live->lock);
    oat_ring_put(live->ring, bytes, len, forms);
    live->messages++;
    pthread_mutex_unlock(&live->lock);
}

static void wake_all(void *arg)
{
    const struct oat_live *live = arg;
    for (size_t i = 0; i < live->listener_count; i++)
        live->listeners[i].wake(live->listeners[i].arg);
}

/* Called with the lock. */
static void wait(struct oat_live *live, uint64_t delay_ns)
{
    uint64_t until_ns = now_ns(CLOCK_MONOTONIC) + delay_ns;
    const struct timespec until = {.tv_sec = (time_t)(until_ns / SECOND),
                                   .tv_nsec = (long)(until_ns % SECOND)};
    if (!live->stopping)
        pthread_cond_timedwait(&live->changed, &live->lock, &until);
}

static void *follow(void *arg)
{
    static const struct oat_tail_events events = {.ended = count_span, .put = put, .wake = wake_all};
    struct oat_live *live = arg;
    struct oat_tail_form *forms = malloc(OAT_RING_FORMS_MAX * sizeof *forms);
    if (!forms)
        oat_log(OAT_LOG_ERROR, "live: out of memory");
    pthread_mutex_lock(&live->lock);
    while (forms && !live->stopping) {
        bool is_followed;
        unsigned count = list_forms(live, forms, &is_followed);
        pthread_mutex_unlock(&live->lock);
        uint64_t delay_ns = oat_tail_look(live->tail, forms, count, &events, live);
        pthread_mutex_lock(&live->lock);
        wait(live, is_followed ? delay_ns : IDLE_NS);
    }
    pthread_mutex_unlock(&live->lock);
    free(forms);
    return NULL;
}

/* ---- Life ----------------------------------------------------------------------------------------- */

struct oat_live *oat_live_start(const char *dir, struct oat_view *view)
{
    struct oat_live *live = calloc(1, sizeof *live);
    if (!live)
        return NULL;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&live->lock, NULL);
    pthread_cond_init(&live->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (getrandom(&live->instance, sizeof live->instance, 0) < 0)
        live->instance = now_ns(CLOCK_REALTIME);
    live->tail = oat_tail_new(dir, view);
    live->counters = oat_span_counters_new();
    if (live->tail && live->counters && oat_thread_start(&live->thread, follow, live) == 0) {
        live->is_running = true;
        return live;
    }
    oat_live_free(live);
    return NULL;
}

void oat_live_stop(struct oat_live *live)
{
    if (!live)
        return;
    pthread_mutex_lock(&live->lock);
    live->stopping = true;
    pthread_cond_signal(&live->changed);
    pthread_mutex_unlock(&live->lock);
    if (live->is_running)
        pthread_join(live->thread, NULL);
    live->is_running = false;
}

void oat_live_free(struct oat_live *live)
{
    if (!live)
        return;
    oat_live_stop(live);
    oat_tail_free(live->tail);
    oat_span_counters_free(live->counters);
    for (unsigned i = 0; i < live->form_count; i++)
        free_form(&live->forms[i]);
    oat_ring_free(live->ring);
    pthread_mutex_destroy(&live->lock);
    pthread_cond_destroy(&live->changed);
    free(live);
}

bool oat_live_listen(struct oat_live *live, void (*wake)(void *arg), void *arg)
{
    if (live->listener_count == OAT_LIVE_LISTENERS_MAX)
        return false;
    live->listeners[live->listener_count++] = (struct listener){wake, arg};
    return true;
}

/* ---- Subscribers ---------------------------------------------------------------------------------- */

/* instance.form.generation.next.taken.time, in hex. */
void oat_live_cursor(struct oat_live *live, const struct oat_subscriber *subscriber,
                     char ret[OAT_CURSOR_SIZE])
{
    pthread_mutex_lock(&live->lock);
    uint32_t generation = live->forms[subscriber->form].generation;
    pthread_mutex_unlock(&live->lock);
    snprintf(ret, OAT_CURSOR_SIZE, "%" PRIx64 ".%x.%" PRIx32 ".%" PRIx64 ".%" PRIx64 ".%" PRIx64,
             live->instance, subscriber->form, generation, subscriber->place.next, subscriber->place.taken,
             now_ns(CLOCK_REALTIME));
}

/* Goes on where a cursor stands: in the ring, when the form has been followed all the time since; else what
 * ended since has to be read from the store. False: it is no cursor. Called with the lock. */
static bool resume(const struct oat_live *live, const char *cursor, struct oat_subscriber *s)
{
    uint64_t instance, next, taken, time_ns;
    unsigned form, generation;
    int len = 0;
    struct oat_ring_place end = s->place;
    if (sscanf(cursor, "%16" SCNx64 ".%8x.%8x.%16" SCNx64 ".%16" SCNx64 ".%16" SCNx64 "%n", &instance, &form,
               &generation, &next, &taken, &time_ns, &len) != 6 ||
        cursor[len] != '\0' || time_ns <= RESUME_SLACK)
        return false;
    if (instance == live->instance && form == s->form && generation == live->forms[form].generation &&
        next <= end.next && taken <= end.taken)
        s->place = (struct oat_ring_place){next, taken};
    else
        s->since_ns = time_ns - RESUME_SLACK;
    return true;
}

/* Called with the lock. */
static int subscribe(struct oat_live *live, struct oat_subscription *subscription, struct oat_subscriber *ret)
{
    if (!live->ring && !(live->ring = oat_ring_new(MESSAGES_MAX, BYTES_MAX)))
        return OAT_E_NOMEM;
    unsigned number = find_form(live, subscription);
    if (number == OAT_RING_FORMS_MAX)
        number = add_form(live, subscription);
    if (number == OAT_RING_FORMS_MAX)
        return OAT_E_LIMIT;
    struct form *form = &live->forms[number];
    *ret = (struct oat_subscriber){.form = number, .place = oat_ring_end(live->ring, number)};
    if (subscription->cursor[0] && !resume(live, subscription->cursor, ret)) {
        if (form->subscribers == 0)
            form->left_ns = now_ns(CLOCK_MONOTONIC);
        return OAT_E_INVALID;
    }
    form->subscribers++;
    live->subscribers++;
    pthread_cond_signal(&live->changed);
    return OAT_OK;
}

int oat_live_subscribe(struct oat_live *live, struct oat_subscription *subscription,
                       struct oat_subscriber *ret)
{
    pthread_mutex_lock(&live->lock);
    int result = subscribe(live, subscription, ret);
    pthread_mutex_unlock(&live->lock);
    oat_subscription_free(subscription);
    return result;
}

void oat_live_leave(struct oat_live *live, const struct oat_subscriber *subscriber)
{
    pthread_mutex_lock(&live->lock);
    struct form *form = &live->forms[subscriber->form];
    live->subscribers--;
    if (--form->subscribers == 0)
        form->left_ns = now_ns(CLOCK_MONOTONIC);
    pthread_mutex_unlock(&live->lock);
}

uint64_t oat_live_take(struct oat_live *live, struct oat_subscriber *subscriber, size_t max_bytes,
                       void (*fn)(void *arg, const char *bytes, size_t len), void *arg, bool *ret_any)
{
    *ret_any = false;
    pthread_mutex_lock(&live->lock);
    uint64_t missed = oat_ring_missed(live->ring, subscriber->form, &subscriber->place);
    live->missed += missed;
    if (missed == 0)
        *ret_any = oat_ring_take(live->ring, subscriber->form, &subscriber->place, max_bytes, fn, arg);
    pthread_mutex_unlock(&live->lock);
    return missed;
}

void oat_live_tell(struct oat_live *live, enum oat_live_kind kind, const char *bytes, size_t len)
{
    uint64_t forms[OAT_RING_FORM_WORDS] = {0};
    bool any = false;
    pthread_mutex_lock(&live->lock);
    for (unsigned i = 0; i < live->form_count; i++)
        if (live->forms[i].text && (live->forms[i].kinds & kind)) {
            forms[i / 64] |= UINT64_C(1) << i % 64;
            any = true;
        }
    pthread_mutex_unlock(&live->lock);
    if (!any)
        return;
    put(live, bytes, len, forms);
    wake_all(live);
}

/* ---- Figures -------------------------------------------------------------------------------------- */

void oat_live_figures(struct oat_live *live, struct oat_live_figures *ret)
{
    pthread_mutex_lock(&live->lock);
    *ret = (struct oat_live_figures){
        .subscribers = live->subscribers, .messages = live->messages, .missed = live->missed};
    for (unsigned i = 0; i < live->form_count; i++)
        ret->forms += live->forms[i].subscribers > 0;
    pthread_mutex_unlock(&live->lock);
}

void oat_live_write_counters(struct oat_live *live, struct oat_json *out)
{
    oat_span_counters_write(live->counters, out);
}
