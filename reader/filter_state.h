/* What a filter at work remembers. */
#ifndef OAT_READER_FILTER_STATE_H
#define OAT_READER_FILTER_STATE_H

#include "reader/filter_eval.h"

#define OAT_FILTER_FEW_CODES 4u

enum oat_filter_zone {
    OAT_ZONE_NONE, /* no row passes */
    OAT_ZONE_SOME, /* not known */
    OAT_ZONE_ALL,  /* every row passes */
};

/* Of one node. */
struct oat_filter_state {
    bool zone_known;
    uint32_t zone_of; /* batch whose zone was found last */
    enum oat_filter_zone zone;
    uint8_t *memo; /* by code (filter_codes.h); NULL: not asked yet */
    uint32_t memo_count;
    bool range_known, is_range;             /* all codes were asked; those that pass, */
    uint32_t range_low, range_high;         /* range_low .. range_high, are next to each other */
    uint32_t passing[OAT_FILTER_FEW_CODES]; /* codes of attributes that pass (filter_attributes.c) */
    uint32_t passing_count;
    uint32_t asked_count; /* codes of which that is known */
    uint64_t *span_ids;   /* SPAN_ID: what the texts of the test make in a trace; NULL: not asked yet */
    uint32_t span_ids_of; /* that trace */
};

struct oat_filter_eval {
    const struct oat_filter *filter;
    struct oat_source *source;
    struct oat_filter_state *states; /* by number of the node */
    /* The attribute codes of a batch; a batch that is opened again, and any other, reads its own. */
    const struct oat_batch *attributes_of;
    const struct oat_code_columns *attributes;
    uint64_t attributes_rows[OAT_BATCH_WORDS]; /* those of that batch whose codes were read */
};

/* Clears the bits of rows that do not pass the node: the whole tree of filter_eval.c. Returns as
 * oat_filter_select. */
int oat_filter_narrow(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                      struct oat_batch *batch, uint64_t rows[OAT_BATCH_WORDS]);

/* Sets in traces, a bit for each of the source's, those with a row that passes the node: reads the
 * source. Returns as above. */
int oat_filter_mark_traces(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                           uint64_t *traces);

#endif
