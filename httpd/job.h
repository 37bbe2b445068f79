/* Something to be run by another thread: part of what it is about, so that handing it over cannot fail. */
#ifndef OAT_HTTPD_JOB_H
#define OAT_HTTPD_JOB_H

#include <stddef.h>

struct oat_job {
    void (*run)(struct oat_job *job); /* may free it */
    struct oat_job *next;             /* of the queue that it stands in */
};

/* First in, first out. Zero-initialised: empty. Guarded by whoever has it. */
struct oat_jobs {
    struct oat_job *first, **end;
    size_t count;
};

static inline void oat_jobs_put(struct oat_jobs *jobs, struct oat_job *job)
{
    job->next = NULL;
    if (jobs->first)
        *jobs->end = job;
    else
        jobs->first = job;
    jobs->end = &job->next;
    jobs->count++;
}

/* NULL when there is none. */
static inline struct oat_job *oat_jobs_take(struct oat_jobs *jobs)
{
    struct oat_job *job = jobs->first;
    if (job) {
        jobs->first = job->next;
        jobs->count--;
    }
    return job;
}

#endif
