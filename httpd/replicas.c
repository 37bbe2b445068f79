#include "httpd/replicas.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compactor/lock.h"
#include "format/ids.h"
#include "httpd/replica_file.h"
#include "reader/manifest.h"
#include "reader/replica.h"

#define TURNS_KEPT 1024u /* writers of which something is known without reading */
#define RETRY_S    5u    /* while a compaction runs */
#define NAME_SIZE  72u

/* A writer's turn, and what the last one learned. */
struct oat_replica_turn {
    uint8_t writer_id[16];
    unsigned users; /* who have it or wait for it */
    pthread_mutex_t lock;
    uint32_t known_seq;
    struct oat_replica_known known;
    struct oat_replica_turn *next;
};

struct oat_replicas {
    const char *dir;
    pthread_mutex_t lock; /* of all that follows */
    oat_store_dir store;  /* opened at the first use */
    bool is_open;
    struct oat_replica_turn *turns; /* the last used one first */
    size_t turn_count;
};

struct oat_replicas *oat_replicas_new(const char *dir)
{
    struct oat_replicas *replicas = calloc(1, sizeof *replicas);
    if (!replicas)
        return NULL;
    replicas->dir = dir;
    replicas->store.dir_fd = replicas->store.hot_fd = -1;
    pthread_mutex_init(&replicas->lock, NULL);
    return replicas;
}

static void free_turn(struct oat_replica_turn *turn)
{
    pthread_mutex_destroy(&turn->lock);
    free(turn);
}

void oat_replicas_free(struct oat_replicas *replicas)
{
    if (!replicas)
        return;
    for (struct oat_replica_turn *turn = replicas->turns, *next; turn; turn = next) {
        next = turn->next;
        free_turn(turn);
    }
    oat_store_dir_close(&replicas->store);
    pthread_mutex_destroy(&replicas->lock);
    free(replicas);
}

/* ---- Turns ------------------------------------------------------------------------------------------- */

/* With the lock held, as the next two. */
static void forget_oldest(struct oat_replicas *replicas)
{
    struct oat_replica_turn **oldest = NULL;
    for (struct oat_replica_turn **at = &replicas->turns; *at; at = &(*at)->next)
        if ((*at)->users == 0)
            oldest = at;
    if (!oldest)
        return;
    struct oat_replica_turn *turn = *oldest;
    *oldest = turn->next;
    replicas->turn_count--;
    free_turn(turn);
}

static struct oat_replica_turn *new_turn(struct oat_replicas *replicas, const uint8_t writer_id[16])
{
    struct oat_replica_turn *turn = calloc(1, sizeof *turn);
    if (!turn)
        return NULL;
    memcpy(turn->writer_id, writer_id, sizeof turn->writer_id);
    pthread_mutex_init(&turn->lock, NULL);
    if (replicas->turn_count >= TURNS_KEPT)
        forget_oldest(replicas);
    replicas->turn_count++;
    return turn;
}

static struct oat_replica_turn *find_turn(struct oat_replicas *replicas, const uint8_t writer_id[16])
{
    for (struct oat_replica_turn **at = &replicas->turns; *at; at = &(*at)->next) {
        struct oat_replica_turn *turn = *at;
        if (memcmp(turn->writer_id, writer_id, sizeof turn->writer_id) != 0)
            continue;
        *at = turn->next;
        return turn;
    }
    return new_turn(replicas, writer_id);
}

/* OAT_OK, OAT_E_NOMEM, or as of oat_store_dir_open. */
static int take_turn(struct oat_replicas *replicas, const uint8_t writer_id[16], struct oat_replica *ret)
{
    int result = OAT_OK;
    pthread_mutex_lock(&replicas->lock);
    if (!replicas->is_open) {
        result = oat_store_dir_open(replicas->dir, true, &replicas->store);
        if (result == OAT_OK && oat_store_dir_sync(&replicas->store) != OAT_OK)
            result = OAT_E_IO;
        replicas->is_open = result == OAT_OK;
    }
    struct oat_replica_turn *turn = result == OAT_OK ? find_turn(replicas, writer_id) : NULL;
    if (turn) {
        turn->users++;
        turn->next = replicas->turns;
        replicas->turns = turn;
    } else if (result == OAT_OK) {
        result = OAT_E_NOMEM;
    }
    pthread_mutex_unlock(&replicas->lock);
    if (result != OAT_OK)
        return result;
    pthread_mutex_lock(&turn->lock);
    *ret = (struct oat_replica){
        .replicas = replicas,
        .dir = &replicas->store,
        .known_seq = turn->known_seq,
        .known = turn->known,
        .turn = turn,
    };
    return OAT_OK;
}

void oat_replica_leave(struct oat_replica *replica)
{
    struct oat_replica_turn *turn = replica->turn;
    turn->known_seq = replica->known_seq;
    turn->known = replica->known;
    pthread_mutex_unlock(&turn->lock);
    pthread_mutex_lock(&replica->replicas->lock);
    turn->users--;
    pthread_mutex_unlock(&replica->replicas->lock);
}

/* ---- Whose it is ------------------------------------------------------------------------------------- */

bool oat_replicas_have_store(const struct oat_replicas *replicas)
{
    struct stat st;
    int fd = open(replicas->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool have = fd >= 0 && fstatat(fd, "STORE", &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (fd >= 0)
        close(fd);
    return have;
}

/* A writer that writes here has files here, and came from nowhere. */
static bool writes_here(const struct oat_replica *replica)
{
    char name[NAME_SIZE];
    struct stat st;
    oat_hex_print(replica->turn->writer_id, 16, name);
    strcat(name, ".live");
    return fstatat(replica->dir->hot_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_owned_by(const struct oat_disk_replica *record, const char *owner)
{
    char name[sizeof record->owner + 1] = "";
    memcpy(name, record->owner, sizeof record->owner);
    return *name == '\0' || strcmp(name, owner) == 0;
}

static bool check_owner(struct oat_replica *replica, const char *owner, struct oat_answer *answer)
{
    if (replica->is_new && writes_here(replica))
        oat_answer_error(answer, 409, "own_segment", "this writer writes to this store itself");
    else if (!is_owned_by(&replica->record, owner))
        oat_answer_error(answer, 409, "not_yours", "another token has sent pairs of this writer first");
    else
        return true;
    return false;
}

bool oat_replicas_enter(struct oat_replicas *replicas, const uint8_t writer_id[16], const char *owner,
                        struct oat_replica *ret, struct oat_answer *answer)
{
    int result = take_turn(replicas, writer_id, ret);
    if (result != OAT_OK) {
        oat_answer_unstored(answer, result);
        return false;
    }
    result = oat_replica_read(ret->dir->dir_fd, writer_id, &ret->record);
    ret->is_new = result == OAT_NOTFOUND;
    if (ret->is_new)
        oat_replica_init(&ret->record, writer_id, oat_replica_now_ns());
    if (result != OAT_OK && !ret->is_new)
        oat_answer_unstored(answer, result);
    else if (check_owner(ret, owner, answer))
        return true;
    oat_replica_leave(ret);
    return false;
}

/* ---- Its file ---------------------------------------------------------------------------------------- */

static int write_file(int dir_fd, const char *temporary, const char *name,
                      const struct oat_disk_replica *record)
{
    int fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return oat_io_result(errno);
    int result = oat_replica_file_write(fd, record, sizeof *record, 0);
    if (result == OAT_OK && (renameat(dir_fd, temporary, dir_fd, name) != 0 || fsync(dir_fd) != 0))
        result = oat_io_result(errno);
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

/* Replaces the file with the record. False answers 503. */
static bool store(struct oat_replica *replica, struct oat_answer *answer)
{
    char temporary[NAME_SIZE] = OAT_TEMP_PREFIX, *name = temporary + strlen(OAT_TEMP_PREFIX);
    int store_fd = replica->dir->dir_fd, result = OAT_OK;
    bool made = mkdirat(store_fd, OAT_REPLICAS_DIR, 0700) == 0;
    int dir_fd = openat(store_fd, OAT_REPLICAS_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir_fd < 0 || (made && fsync(store_fd) != 0))
        result = oat_io_result(errno);
    oat_hex_print(replica->turn->writer_id, 16, name);
    oat_replica_seal(&replica->record);
    if (result == OAT_OK)
        result = write_file(dir_fd, temporary, name, &replica->record);
    int error = errno;
    if (dir_fd >= 0)
        close(dir_fd);
    errno = error;
    if (result != OAT_OK)
        oat_answer_unstored(answer, result);
    replica->is_new = replica->is_new && result != OAT_OK;
    return result == OAT_OK;
}

/* While it is not heard of its pairs may be taken for all there is: it comes back when nobody does that. */
static bool store_unless_compacting(struct oat_replica *replica, struct oat_answer *answer)
{
    char holder[OAT_LOCK_HOLDER_SIZE];
    int lock_fd, result = oat_lock_take(replica->dir->dir_fd, false, &lock_fd, holder);
    if (result == OAT_OK) {
        bool stored = store(replica, answer);
        oat_lock_release(lock_fd);
        return stored;
    }
    if (result != OAT_NOTFOUND) {
        oat_answer_unstored(answer, result);
        return false;
    }
    answer->retry_after_s = RETRY_S;
    oat_answer_error(answer, 503, "compacting", "the store is being compacted: send it again");
    return false;
}

bool oat_replica_renew(struct oat_replica *replica, const char *owner, struct oat_answer *answer)
{
    struct oat_disk_replica *record = &replica->record;
    uint64_t now_ns = oat_replica_now_ns(), end_ns = oat_le64_get(record->lease_end_ns);
    bool was_alive = !replica->is_new && oat_replica_liveness(record, now_ns) == OAT_WRITER_ALIVE;
    bool is_owned = *record->owner != '\0' || *owner == '\0';
    if (was_alive && end_ns - now_ns > OAT_REPLICA_LEASE_NS / 2 && is_owned)
        return true;
    if (!was_alive) /* its files may have gone meanwhile */
        replica->known = (struct oat_replica_known){0};
    record->lease_end_ns = oat_le64_of(now_ns + OAT_REPLICA_LEASE_NS);
    record->flags = oat_le32_of(oat_le32_get(record->flags) & ~OAT_REPLICA_ENDED);
    if (*record->owner == '\0')
        memcpy(record->owner, owner, strnlen(owner, sizeof record->owner));
    return replica->is_new || was_alive ? store(replica, answer) : store_unless_compacting(replica, answer);
}

bool oat_replica_complete(struct oat_replica *replica, uint32_t seq, struct oat_answer *answer)
{
    if (oat_replica_has(&replica->record, seq))
        return true;
    oat_replica_add(&replica->record, seq);
    return store(replica, answer);
}

bool oat_replica_end(struct oat_replica *replica, struct oat_answer *answer)
{
    replica->record.flags = oat_le32_of(oat_le32_get(replica->record.flags) | OAT_REPLICA_ENDED);
    return store(replica, answer);
}

bool oat_replica_is_consumed(const struct oat_replica *replica, uint32_t seq)
{
    struct oat_manifest manifest = {0};
    struct oat_problems problems;
    oat_problems_init(&problems);
    oat_manifest_read(replica->dir->dir_fd, &problems, &manifest);
    bool is_consumed = oat_manifest_consumed(&manifest, replica->turn->writer_id, seq);
    oat_manifest_clear(&manifest);
    oat_problems_clear(&problems);
    return is_consumed;
}
