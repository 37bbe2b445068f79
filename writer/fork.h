/* Notices fork(): a word in a page that the kernel wipes in the child (MADV_WIPEONFORK). */
#ifndef OAT_WRITER_FORK_H
#define OAT_WRITER_FORK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The word; NULL before oat_fork_init. Reads 0 in a child until oat_fork_recover has run there. */
extern _Atomic uint32_t *oat_fork_word __attribute__((visibility("hidden")));

/* Makes the page and registers the handlers, once a process. OAT_OK, OAT_E_NOMEM or OAT_E_IO.
 * on_child: called by the child inside fork(); async-signal-safe calls only.
 * on_recover: called once by the child's first entry; makes everything inherited inert. */
int oat_fork_init(void (*on_child)(void), void (*on_recover)(void));

/* In a child: runs on_recover once, however many threads arrive. */
void oat_fork_recover(void);

/* Between these two no other thread of the process forks: for work that holds a descriptor nobody
 * else knows of yet. A child that got a copy of the liveness lock's descriptor would keep its parent
 * "alive". They do not nest. */
void oat_fork_hold(void);
void oat_fork_release(void);

/* To be called first by every entry of the public interface. */
static inline void oat_fork_check(void)
{
    if (__builtin_expect(atomic_load_explicit(oat_fork_word, memory_order_acquire) == 0, 0))
        oat_fork_recover();
}

#endif
