#include "httpd/compaction.h"

#include "compactor/compact.h"
#include "compactor/parallel.h"
#include "httpd/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOOK_EVERY_S 10
#define MEMORY_BYTES (UINT64_C(256) << 20)

struct oat_compaction {
    const char *dir;
    const struct oat_retention *retention;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;
    uint64_t left_bytes; /* that the last run had to leave to living writers, */
    time_t ran;          /* and when it was */
};

/* What lies in hot/. */
struct hot {
    uint64_t bytes;
    time_t oldest;
};

static bool is_segment(const char *name)
{
    const char *dot = strrchr(name, '.');
    return name[0] != '.' && dot && (strcmp(dot, ".spans") == 0 || strcmp(dot, ".blobs") == 0);
}

/* Sums up the segments; nothing at all when the directory cannot be read. */
static struct hot look(const char *dir)
{
    struct hot hot = {0, 0};
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int hot_fd = fd >= 0 ? openat(fd, "hot", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    DIR *listing = hot_fd >= 0 ? fdopendir(hot_fd) : NULL;
    const struct dirent *entry;
    while (listing && (entry = readdir(listing)) != NULL) {
        struct stat st;
        if (!is_segment(entry->d_name) || fstatat(hot_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        hot.bytes += (uint64_t)st.st_blocks * 512;
        if (hot.oldest == 0 || st.st_mtime < hot.oldest)
            hot.oldest = st.st_mtime;
    }
    if (listing)
        closedir(listing);
    else if (hot_fd >= 0)
        close(hot_fd);
    if (fd >= 0)
        close(fd);
    return hot;
}

/* What the last run could not take is no reason for another. */
static bool is_due(const struct oat_compaction *c, const struct hot *hot)
{
    bool retains = c->retention->keep_ns > 0 || c->retention->max_bytes > 0;
    time_t since = hot->oldest > c->ran ? hot->oldest : c->ran;
    if (retains && time(NULL) - c->ran > OAT_COMPACT_RETAIN_S)
        return true;
    if (hot->bytes <= c->left_bytes)
        return false;
    return hot->bytes - c->left_bytes > OAT_COMPACT_BYTES || time(NULL) - since > OAT_COMPACT_AGE_S;
}

static void tell_problem(void *arg, const oat_problem *problem)
{
    char text[OAT_PROBLEM_TEXT_SIZE], quoted[OAT_PROBLEM_TEXT_SIZE + 8];
    (void)arg;
    oat_log(OAT_LOG_WARN, "compaction: %s",
            oat_log_quote(oat_problem_text(problem, text, sizeof text), quoted, sizeof quoted));
}

static void run(struct oat_compaction *c)
{
    struct oat_compact_options options = {
        .before_day = UINT32_MAX,
        .memory_bytes = MEMORY_BYTES,
        .unindexed_parts = OAT_UNINDEXED_PARTS,
        .threads = 1,
        .retention = *c->retention,
        .problem = tell_problem,
    };
    struct oat_compact_summary summary;
    char why[OAT_COMPACT_WHY_SIZE];
    oat_store *store;
    int result = oat_store_open(c->dir, &store);
    if (result != OAT_OK)
        return; /* requests say what is wrong with it */
    result = oat_compact_run(store, &options, &summary, why);
    oat_store_close(store);
    if (result == OAT_OK && summary.pairs[OAT_PAIR_TAKEN] > 0)
        oat_log(OAT_LOG_INFO,
                "compacted %" PRIu64 " spans of %" PRIu64 " pairs: %" PRIu64 " bytes before, %" PRIu64
                " after",
                summary.spans, summary.pairs[OAT_PAIR_TAKEN], summary.bytes_before, summary.bytes_after);
    else if (result == OAT_NOTFOUND)
        oat_log(OAT_LOG_DEBUG, "compaction: %s", why);
    else if (result != OAT_OK)
        oat_log(OAT_LOG_WARN, "compaction: %s", why);
}

/* Sleeps until it is time to look again. False: to stop. */
static bool wait_a_while(struct oat_compaction *c)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LOOK_EVERY_S;
    pthread_mutex_lock(&c->lock);
    while (!c->stopping && pthread_cond_timedwait(&c->wake, &c->lock, &until) != ETIMEDOUT)
        continue;
    bool go_on = !c->stopping;
    pthread_mutex_unlock(&c->lock);
    return go_on;
}

static void run_in_turn(struct oat_compaction *c)
{
    static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&turn);
    pthread_mutex_lock(&c->lock);
    bool stopping = c->stopping;
    pthread_mutex_unlock(&c->lock);
    if (!stopping)
        run(c);
    pthread_mutex_unlock(&turn);
}

static void *work(void *arg)
{
    struct oat_compaction *c = arg;
    do {
        struct hot hot = look(c->dir);
        if (!is_due(c, &hot))
            continue;
        run_in_turn(c);
        malloc_trim(0); /* what it needed lies between what stays, so that free() alone keeps it */
        c->left_bytes = look(c->dir).bytes;
        c->ran = time(NULL);
    } while (wait_a_while(c));
    return NULL;
}

bool oat_compaction_start(const char *dir, const struct oat_retention *retention, struct oat_compaction **ret)
{
    pthread_condattr_t monotonic;
    struct oat_compaction *c = calloc(1, sizeof *c);
    int error = ENOMEM;
    if (c) {
        c->dir = dir;
        c->retention = retention;
        pthread_mutex_init(&c->lock, NULL);
        pthread_condattr_init(&monotonic);
        pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
        pthread_cond_init(&c->wake, &monotonic);
        pthread_condattr_destroy(&monotonic);
        error = oat_thread_start(&c->thread, work, c);
    }
    if (error != 0) {
        oat_log(OAT_LOG_ERROR, "cannot start compaction: %s", strerror(error));
        free(c);
        return false;
    }
    *ret = c;
    return true;
}

void oat_compaction_stop(struct oat_compaction *c)
{
    if (!c)
        return;
    pthread_mutex_lock(&c->lock);
    c->stopping = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
    free(c);
}
