/* Verifying that summaries say of spans what these say themselves. */
#ifndef OAT_READER_SUMMARY_VERIFY_H
#define OAT_READER_SUMMARY_VERIFY_H

#include "reader/part.h"

/* Reports a group of SPANS whose rows of a table of summaries are not what its spans come to. Groups that are
 * damaged, or have no summary, are passed over. OAT_OK or OAT_E_NOMEM. */
int oat_summaries_verify(struct oat_part *part);

#endif
