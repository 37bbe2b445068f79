/* Dividing the batches of sources between threads. A source is opened by one of them, which reads it; the
 * others open further ones meanwhile, and help with it when there are none left. */
#ifndef OAT_READER_QUERY_RUNS_H
#define OAT_READER_QUERY_RUNS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Batches [first, end) of a source. */
struct oat_query_run {
    size_t source;
    uint32_t first, end;
    bool is_new; /* nobody has opened the source, so it has none as yet: oat_query_runs_opened */
};

/* What is left of the source that a thread opened. */
struct oat_query_share {
    size_t source;
    uint32_t batch, batch_count; /* the next one, and all */
    bool opening;                /* how many is not known yet */
};

struct oat_query_runs {
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    size_t source_count, source; /* all, and the next that nobody has opened */
    struct oat_query_share *shares;
    unsigned thread_count;
    bool undivided; /* all batches of a source are one run */
    int result;     /* why nothing more is given out */
};

/* OAT_OK or OAT_E_NOMEM. Free it with oat_query_runs_free. */
int oat_query_runs_init(struct oat_query_runs *runs, size_t source_count, unsigned thread_count,
                        bool undivided);
void oat_query_runs_free(struct oat_query_runs *runs);

/* Gives a run to a thread (0 .. thread_count - 1), mostly of the source that it has open; may wait until
 * another has opened one. False: there is none left, or the work was ended. Any thread, as are those below.
 */
bool oat_query_runs_take(struct oat_query_runs *runs, unsigned thread, struct oat_query_run *ret);

/* Says how many batches the source of a new run has. */
void oat_query_runs_opened(struct oat_query_runs *runs, unsigned thread, uint32_t batch_count);

/* Ends the work, because of a failure. The first one is the result. */
void oat_query_runs_fail(struct oat_query_runs *runs, int result);

#endif
