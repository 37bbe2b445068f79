#include "tests/support/run_model_actor.h"

#include "tests/support/run_model_compact.h"
#include "tests/support/run_model_secret.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TURN_TIMEOUT_MS     20000
#define RUN_TIMEOUT_S       120u
#define ANNOUNCE_TIMEOUT_MS 10000
#define POLL_MS             5

enum command {
    COMMAND_OPEN,
    COMMAND_RUN,
    COMMAND_FORK,
    COMMAND_END_THREAD,
    COMMAND_NEW_THREAD,
    COMMAND_LEAVE
};

struct message {
    enum command command;
    int slot; /* FORK: where the child goes */
    struct oat_model_op op;
};

/* Both ends of a pipe to each thread that may ever be; all processes hold all of them. */
struct stage {
    struct oat_model *model;
    int driver_fd[OAT_MODEL_ACTORS][OAT_MODEL_THREADS];
    int actor_fd[OAT_MODEL_ACTORS][OAT_MODEL_THREADS];
    pthread_t second[OAT_MODEL_ACTORS]; /* in each actor: its other thread */
    /* In each actor: held while one of its threads runs an operation. The driver has only one run at a
     * time, but it is another process: this is where ThreadSanitizer sees the turn pass on. */
    pthread_mutex_t turn;
};

struct place {
    struct stage *stage;
    int actor_no, thread_no;
};

/* ---- In an actor ---- */

static void *thread_main(void *arg);

static void start_second(struct stage *stage, int actor_no)
{
    struct place *place = malloc(sizeof *place);
    if (!place)
        abort();
    *place = (struct place){stage, actor_no, 1};
    if (pthread_create(&stage->second[actor_no], NULL, thread_main, place) != 0)
        abort();
}

/* Where a forked child finds itself: below its parent's current span, if there was one. */
static void inherit_place(struct oat_model *m, int parent_no, int thread_no, int child_no)
{
    const struct oat_model_actor *parent = &m->actors[parent_no];
    struct oat_model_actor *child = &m->actors[child_no];
    const struct oat_model_span *current = parent->threads[thread_no].current;
    *child = (struct oat_model_actor){.tracer = parent->tracer, .writer = oat_model_writer_add(m)};
    child->threads[0].has_inherited = current || parent->threads[thread_no].has_inherited;
    child->threads[0].inherited = parent->threads[thread_no].inherited;
    if (current) {
        memcpy(child->threads[0].inherited.trace_id, current->want.trace_id, 16);
        memcpy(child->threads[0].inherited.span_id, current->want.span_id, 8);
    }
    child->threads[0].inherited.remote = true;
}

/* In the child nothing that is done with a handle of the parent's may show. */
static void touch_inherited(const struct oat_model *m, int parent_no)
{
    for (size_t i = 0; i < m->span_count; i++) {
        const struct oat_model_span *span = m->spans[i];
        if (span->state != OAT_MODEL_OPEN || span->writer != m->actors[parent_no].writer || !span->handle)
            continue;
        oat_span_set_input(span->handle, "from the child", 14, NULL);
        oat_span_set_text(span->handle, OAT_TEXT_NAME, "from the child", OAT_NUL);
        oat_span_end(span->handle);
    }
}

static void serve(struct stage *stage, int actor_no, int thread_no);

static void fork_child(struct stage *stage, int actor_no, int thread_no, int slot, uint32_t how)
{
    struct oat_model *m = stage->model;
    inherit_place(m, actor_no, thread_no, slot);
    pid_t pid = fork();
    if (pid < 0) {
        oat_model_fail(m, "fork: %s", strerror(errno));
        return;
    }
    if (pid > 0) {
        /* The child sets it when it is ready: until then it looks at what is the parent's. */
        for (int ms = 0; m->actors[slot].pid != pid && ms < TURN_TIMEOUT_MS; ms++)
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        if (m->actors[slot].pid != pid)
            oat_model_fail(m, "a forked child hangs");
        return;
    }
    if (how % 2)
        touch_inherited(m, actor_no);
    start_second(stage, slot);
    m->actors[slot].pid = getpid();
    pthread_mutex_unlock(&stage->turn); /* the fork was in the parent's turn */
    serve(stage, slot, 0);
    _exit(0);
}

static void serve(struct stage *stage, int actor_no, int thread_no)
{
    struct oat_model *m = stage->model;
    struct message message;
    int fd = stage->actor_fd[actor_no][thread_no];
    struct oat_model_turn turn = {m, &m->actors[actor_no], actor_no, thread_no, &message.op};
    while (read(fd, &message, sizeof message) == (ssize_t)sizeof message) {
        pthread_mutex_lock(&stage->turn);
        switch (message.command) {
        case COMMAND_OPEN:
            oat_model_open(&turn);
            break;
        case COMMAND_RUN:
            oat_model_op_run(&turn);
            break;
        case COMMAND_FORK:
            fork_child(stage, actor_no, thread_no, message.slot, message.op.c);
            break;
        case COMMAND_NEW_THREAD:
            pthread_join(stage->second[actor_no], NULL);
            start_second(stage, actor_no);
            break;
        case COMMAND_LEAVE:
            if (message.op.b % 2)
                oat_tracer_close(turn.actor->tracer);
            _exit(0);
        case COMMAND_END_THREAD:
        default:
            break;
        }
        pthread_mutex_unlock(&stage->turn);
        if (write(fd, "", 1) != 1 || message.command == COMMAND_END_THREAD)
            return;
    }
}

static void *thread_main(void *arg)
{
    struct place place = *(struct place *)arg;
    free(arg);
    serve(place.stage, place.actor_no, place.thread_no);
    return NULL;
}

/* ---- The driver ---- */

/* Waits for the end of an actor, which must have this status: one that ended otherwise may have left
 * a sanitizer's report. The status of a forked child is its parent's to know. */
static void await_death(struct oat_model *m, int actor_no, int want_status)
{
    struct oat_model_actor *actor = &m->actors[actor_no];
    pid_t pid = actor->pid;
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd gone = {.fd = fd, .events = POLLIN};
    int status;
    if (fd >= 0) {
        if (poll(&gone, 1, TURN_TIMEOUT_MS) == 0)
            oat_model_fail(m, "the process does not end");
        close(fd);
    }
    if (waitpid(pid, &status, WNOHANG) == pid && status != want_status)
        oat_model_fail(m, "the process ended with status %x, not %x", (unsigned)status,
                       (unsigned)want_status);
    if (actor->writer >= 0)
        m->writers[actor->writer].alive = false;
    actor->pid = 0;
}

static void kill_actor(struct oat_model *m, int actor_no)
{
    kill(m->actors[actor_no].pid, SIGKILL);
    await_death(m, actor_no, SIGKILL);
}

static void send_message(struct stage *stage, int actor_no, int thread_no, const struct message *message)
{
    int fd = stage->driver_fd[actor_no][thread_no];
    if (write(fd, message, sizeof *message) != (ssize_t)sizeof *message)
        oat_model_fail(stage->model, "an actor cannot be reached");
}

/* Waits for the answer. An actor that died or hangs is a failure. */
static void await(struct stage *stage, int actor_no, int thread_no)
{
    struct oat_model *m = stage->model;
    int pidfd = (int)syscall(SYS_pidfd_open, m->actors[actor_no].pid, 0);
    struct pollfd fds[2] = {
        {.fd = stage->driver_fd[actor_no][thread_no], .events = POLLIN},
        {.fd = pidfd, .events = POLLIN},
    };
    char answer;
    int n = poll(fds, 2, TURN_TIMEOUT_MS);
    if (n > 0 && (fds[0].revents & POLLIN)) {
        if (read(fds[0].fd, &answer, 1) != 1)
            oat_model_fail(m, "an actor cannot be reached");
    } else {
        oat_model_fail(m, n > 0 ? "the process died" : "the process hangs");
    }
    if (pidfd >= 0)
        close(pidfd);
}

static void tell(struct stage *stage, int actor_no, int thread_no, const struct message *message)
{
    send_message(stage, actor_no, thread_no, message);
    await(stage, actor_no, thread_no);
}

static void spawn(struct stage *stage, int actor_no)
{
    struct oat_model *m = stage->model;
    m->actors[actor_no] = (struct oat_model_actor){.writer = -1};
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGCHLD, SIG_IGN); /* forked children leave no zombies */
        start_second(stage, actor_no);
        serve(stage, actor_no, 0);
        _exit(0);
    }
    m->actors[actor_no].pid = pid;
    tell(stage, actor_no, 0, &(struct message){.command = COMMAND_OPEN});
}

static void kill_all(struct oat_model *m)
{
    for (int i = 0; i < OAT_MODEL_ACTORS; i++)
        if (m->actors[i].pid)
            kill_actor(m, i);
}

static int free_slot(const struct oat_model *m)
{
    for (int i = 0; i < OAT_MODEL_ACTORS; i++)
        if (m->actors[i].pid == 0)
            return i;
    return -1;
}

/* True when every span that runs in a living writer is shown. */
static bool all_announced(const struct oat_model *m)
{
    for (size_t i = 0; i < m->span_count; i++) {
        const struct oat_model_span *span = m->spans[i];
        if (span->state == OAT_MODEL_OPEN && m->writers[span->writer].alive && !span->seen &&
            !oat_model_is_deleted(m, span->want.trace_id))
            return false;
    }
    return true;
}

static void await_announcements(struct oat_model *m)
{
    struct timespec pause = {.tv_nsec = POLL_MS * 1000000};
    if (!m->announces)
        return;
    for (int waited_ms = 0; waited_ms < ANNOUNCE_TIMEOUT_MS && !m->failed; waited_ms += POLL_MS) {
        oat_model_check(m);
        if (all_announced(m))
            return;
        nanosleep(&pause, NULL);
    }
    oat_model_fail(m, "a running span was not announced in %d s", ANNOUNCE_TIMEOUT_MS / 1000);
}

static void run_process_op(struct stage *stage, int actor_no, const struct oat_model_op *op)
{
    struct oat_model *m = stage->model;
    struct message message = {.op = *op};
    int slot = free_slot(m);
    switch (oat_model_op_process(op)) {
    case OAT_MODEL_SPAWN:
        if (slot >= 0)
            spawn(stage, slot);
        break;
    case OAT_MODEL_FORK:
        if (slot < 0 || !OAT_RUN_FORKS_WITH_THREADS)
            break;
        message.command = COMMAND_FORK;
        message.slot = slot;
        tell(stage, actor_no, op->thread, &message);
        break;
    case OAT_MODEL_KILL:
        kill_actor(m, actor_no);
        break;
    case OAT_MODEL_LEAVE:
        message.command = COMMAND_LEAVE;
        send_message(stage, actor_no, 0, &message);
        await_death(m, actor_no, 0);
        break;
    case OAT_MODEL_NEW_THREAD:
        message.command = COMMAND_END_THREAD;
        tell(stage, actor_no, 1, &message);
        message.command = COMMAND_NEW_THREAD;
        tell(stage, actor_no, 0, &message);
        m->actors[actor_no].threads[1].current = NULL;
        break;
    case OAT_MODEL_COMPACT:
        oat_model_compact(m, op);
        break;
    case OAT_MODEL_RETAIN:
        kill_all(m);
        oat_model_retain(m, op);
        break;
    case OAT_MODEL_FORGET:
        oat_model_forget(m, op);
        break;
    case OAT_MODEL_ANNOUNCE:
    default:
        await_announcements(m);
        break;
    }
}

static void run_op(struct stage *stage, const struct oat_model_op *op)
{
    struct oat_model *m = stage->model;
    int actor_no = op->actor;
    if (m->actors[actor_no].pid == 0) {
        for (actor_no = 0; actor_no < OAT_MODEL_ACTORS && m->actors[actor_no].pid == 0; actor_no++)
            ;
        if (actor_no == OAT_MODEL_ACTORS)
            spawn(stage, actor_no = 0);
    }
    if (oat_model_op_is_drivers(op))
        run_process_op(stage, actor_no, op);
    else if (!m->failed)
        tell(stage, actor_no, op->thread, &(struct message){.command = COMMAND_RUN, .op = *op});
    oat_model_mask(m);
    if (op->check && !m->failed)
        oat_model_check(m);
}

struct report {
    bool failed;
    size_t at;
    char why[OAT_RUN_WHY_SIZE];
};

static void drive(const struct oat_model_op *ops, size_t count, uint64_t seed, enum oat_map_mode map,
                  struct report *report)
{
    struct stage stage = {.model = oat_model_new(seed, map), .turn = PTHREAD_MUTEX_INITIALIZER};
    struct oat_model *m = stage.model;
    for (int i = 0; i < OAT_MODEL_ACTORS; i++) {
        for (int k = 0; k < OAT_MODEL_THREADS; k++) {
            int pair[2];
            if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0)
                abort();
            stage.driver_fd[i][k] = pair[0];
            stage.actor_fd[i][k] = pair[1];
        }
    }
    size_t at = 0;
    for (; at < count && !m->failed; at++)
        run_op(&stage, &ops[at]);
    if (!m->failed)
        oat_model_check(m);
    kill_all(m);
    if (!m->failed)
        oat_model_check(m);
    report->failed = m->failed;
    report->at = at;
    memcpy(report->why, m->why, sizeof report->why - 1);
    oat_model_free(m);
}

bool oat_model_run(const struct oat_model_op *ops, size_t count, uint64_t seed, enum oat_map_mode map,
                   char ret_why[OAT_RUN_WHY_SIZE], size_t *ret_at)
{
    struct report *report =
        mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status = 0;
    if (report == MAP_FAILED)
        abort();
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        alarm(RUN_TIMEOUT_S);
        drive(ops, count, seed, map, report);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    kill(-pid, SIGKILL); /* what is left of its actors */
    bool died = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    bool passed = !died && !report->failed;
    if (died)
        oat_run_differs(ret_why, "the reading process ended with status %x", (unsigned)status);
    else
        memcpy(ret_why, report->why, sizeof report->why);
    *ret_at = died ? count : report->at;
    munmap(report, sizeof *report);
    return passed;
}
