/* One compaction while it runs: what its steps share. */
#ifndef OAT_COMPACTOR_RUN_H
#define OAT_COMPACTOR_RUN_H

#include "compactor/build.h"
#include "compactor/compact.h"
#include "compactor/open_parts.h"
#include "compactor/publish.h"

struct oat_run {
    int store_fd;
    const struct oat_disk_store *store;
    const struct oat_compact_options *options;
    struct oat_compact_summary summary;
    char *why; /* OAT_COMPACT_WHY_SIZE */
    int lock_fd;
    uint64_t now_ns;
    uint64_t next_generation;
    uint64_t faults;              /* oat_faults_count() at the beginning */
    struct oat_manifest manifest; /* the live set */
    struct oat_catalog catalog;
    struct oat_open_parts open_parts;
    struct oat_forgotten *forgotten; /* of the catalog, for masking; NULL: nothing */
    struct oat_day_set days;         /* that got parts, or would */
};

/* Says why the run fails, unless that was said before; "%s" of errno or of the result is appended. Returns
 * the result. */
int oat_run_fail(struct oat_run *run, int result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Masks from now on what the catalog says is forgotten, in its own texts too. OAT_OK or OAT_E_NOMEM (said).
 */
int oat_run_mask(struct oat_run *run);

/* An empty set of sources that is read with masks. Results as of oat_sources_open, said. */
int oat_run_open_sources(struct oat_run *run, struct oat_sources **ret);

/* Writes the catalog of the run as the next generation; it is live when *ret is published. Failures are
 * said. */
int oat_run_write_catalog(struct oat_run *run, struct oat_catalog_file *ret);

/* Fails when a mapped file could not be read since the run began: what was made of it may be wrong. */
int oat_run_check_faults(struct oat_run *run);

/* Makes a change, unless oat_run_check_faults fails: publishes it under the next generation and sweeps. When
 * the publication fails, what it would have added is removed, if that is safe. */
int oat_run_publish(struct oat_run *run, const struct oat_change *change);

/* Builds parts of the sources, whose rows lie on these days (none: there is nothing to build); parts of the
 * live set that are not among the sources are asked for traces that continue. keys: as of a build.
 * *ret_damaged: the parts among the sources have damage, which a reader may see otherwise. What was found
 * wrong goes to options->problem. Fails when something could not be read (I/O), too. Free ret->parts. */
int oat_run_build(struct oat_run *run, struct oat_sources *sources, struct oat_pair_keys *keys,
                  const struct oat_day_set *days, const char *step, struct oat_build_output *ret,
                  bool *ret_damaged);

/* Passes on what was found wrong, as oat_run_build does. ret_damaged: some of it with parts. */
int oat_run_judge(struct oat_run *run, struct oat_problems *problems, bool *ret_damaged);

/* Adds what was built to the summary. */
void oat_run_count(struct oat_run *run, const struct oat_build_output *output);

/* Remembers days that get parts. */
int oat_run_add_days(struct oat_run *run, const struct oat_day_set *days);

/* True when a file of sections is of no newer version, minor one included, so that nothing is lost when it
 * is written anew. *ret_created_ns: when it was made. */
bool oat_run_knows_file(struct oat_run *run, const char *path, uint64_t *ret_created_ns);

#endif
