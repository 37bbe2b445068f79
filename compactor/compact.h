/* Compaction of a store: pairs to parts, parts of a day to one, retention, mounted days. */
#ifndef OAT_COMPACTOR_COMPACT_H
#define OAT_COMPACTOR_COMPACT_H

#include "compactor/choose.h"
#include "compactor/reprice.h"
#include "compactor/retain.h"
#include "reader/store.h"

#define OAT_COMPACT_WHY_SIZE 400u

struct oat_text_match;

/* A pair that holds, or may hold, something that is forgotten. */
struct oat_held_pair {
    char path[64]; /* below the store */
    char program[33];
    uint32_t pid;
    bool alive;    /* its writer lives */
    bool readable; /* else nobody can tell what it holds */
};

/* What is to be forgotten, and what came of it. Zero-initialise. */
struct oat_forget {
    const struct oat_text_match *match; /* every content with this text in it; NULL: */
    const uint8_t *content_id;          /* the content of this id, 16 bytes; NULL: nothing new */
    const char *reason;                 /* kept in the catalog; may be NULL */
    uint8_t redaction_id[16];           /* random; what is found now shows it */
    uint64_t contents, bytes;           /* distinct contents that were found now; of them together */
    uint64_t texts, payloads;           /* places where they stand */
    struct oat_held_pair *held;         /* what compaction could not take; caller frees */
    size_t held_count;
};

/* So many parts are asked for a trace one by one soon enough, and small runs need not write the index. */
#define OAT_UNINDEXED_PARTS 16u

/* Nothing has come for so long: the sender is thought to be gone for good. */
#define OAT_ADOPT_AFTER_NS (UINT64_C(24) * 3600 * 1000000000)

/* Zero-initialise, set memory_bytes and before_day. */
struct oat_compact_options {
    bool full;               /* merge all parts of a day into one */
    bool adopt;              /* take pairs of other machines for their writers' last */
    bool dry_run;            /* decide and count, change nothing */
    bool wait;               /* for LOCK, if somebody else has it */
    uint64_t adopt_after_ns; /* take pairs that come from elsewhere when none came for so long; 0: 24 h */
    uint32_t before_day;     /* only what lies before this day; UINT32_MAX: everything */
    struct oat_retention retention;
    const char *const *mounts; /* folders of parts and packs to take in */
    size_t mount_count;
    struct oat_forget *forget;         /* masked by the first publication, then erased; may be NULL */
    const struct oat_reprice *reprice; /* may be NULL */
    uint64_t memory_bytes;             /* of anonymous memory, about */
    unsigned threads;                  /* 0: 1 */
    size_t unindexed_parts; /* new ones that the index of traces may lack before it is written anew */
    /* Shows how far a step is, from the calling thread; may be NULL. */
    void (*progress)(void *arg, const char *step, uint64_t done, uint64_t total);
    /* Shows what was found wrong and did not stop the run; may be NULL. */
    void (*problem)(void *arg, const oat_problem *problem);
    void *arg;
};

/* What was done; of a dry run: what would be. */
struct oat_compact_summary {
    uint64_t pairs[OAT_PAIR_FATES];     /* by what became of them */
    uint64_t days;                      /* that got parts */
    uint64_t parts_written;             /* of a dry run: not known, 0 */
    uint64_t parts_merged;              /* put into others, mounted ones included */
    uint64_t parts_retired;             /* removed by retention */
    uint64_t spans, traces;             /* in new parts; a dry run counts repeats and no traces */
    uint64_t replacements;              /* repeats of spans */
    uint64_t bytes_before, bytes_after; /* of pairs and parts that were replaced; of what replaced them */
    uint64_t bytes_retired;
    uint64_t raw_payload_bytes, unique_bytes; /* of the spans in new parts; of their chunks, each once */
    uint64_t damaged_days; /* left as they are, because merging would lose what may still be mended */
    uint64_t duration_ns;
};

/* Compacts the store. Each publication is all or nothing, so a run that fails or dies has done the ones
 * before; the next run sweeps what it left. Takes LOCK (but for a dry run).
 * OAT_OK; else ret_why says what failed, where, and why: OAT_NOTFOUND (somebody else has LOCK),
 * OAT_E_UNSUPPORTED (STORE, MANIFEST, catalog or a file to be rewritten is of a newer version: nothing was
 * changed), OAT_E_CORRUPT (of those, or of a folder to be mounted), OAT_E_INVALID (a folder to be mounted
 * holds no parts), OAT_E_IO, OAT_E_FULL, OAT_E_NOMEM, OAT_E_LIMIT. *ret is set in any case. Beside it
 * writers and readers may work; threads of one process may call it for different stores. */
int oat_compact_run(const struct oat_store *store, const struct oat_compact_options *options,
                    struct oat_compact_summary *ret, char ret_why[OAT_COMPACT_WHY_SIZE]);

#endif
