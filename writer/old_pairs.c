#include "writer/old_pairs.h"

/* Spans that have ended and lanes that are used up name their pair until they are used again, and its address
 * may be compared with that of another one. No new name is given to a pair that is not current any more. */
static bool is_named(const oat_writer *writer, const oat_pair *pair)
{
    for (oat_thread *thread = atomic_load(&writer->threads); thread; thread = thread->next) {
        if (atomic_load(&thread->lane_pair) == pair || atomic_load(&thread->inside) == pair ||
            atomic_load(&thread->reading) == pair)
            return true;
        for (oat_span_slab *slab = atomic_load_explicit(&thread->slabs, memory_order_acquire); slab;
             slab = slab->next)
            for (unsigned i = 0; i < OAT_SLAB_SPANS; i++)
                if (atomic_load(&slab->spans[i].home) == pair || slab->spans[i].announced_in == pair)
                    return true;
    }
    return false;
}

/* Frees the pair behind `newer`. */
static void forget(oat_writer *writer, oat_pair *newer)
{
    oat_pair *pair = newer->next;
    pthread_mutex_lock(&writer->pairs_lock);
    writer->forgotten_bytes += atomic_load(&pair->blobs.tail) - OAT_BLOBS_HEADER_SIZE;
    writer->forgotten_dedup_bytes += atomic_load(&pair->blobs.dedup_bytes);
    newer->next = pair->next;
    pthread_mutex_unlock(&writer->pairs_lock);
    oat_pair_free(pair);
}

void oat_old_pairs_forget(oat_writer *writer)
{
    pthread_mutex_lock(&writer->sync_lock);
    for (oat_pair *newer = atomic_load(&writer->pairs); newer && newer->next;) {
        const oat_pair *pair = newer->next;
        if (pair->spans_fd < 0 && (pair->sealed || pair->sync_failed) && !is_named(writer, pair))
            forget(writer, newer);
        else
            newer = newer->next;
    }
    pthread_mutex_unlock(&writer->sync_lock);
}
