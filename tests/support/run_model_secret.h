/* Secrets: the content that the model test forgets. Each is one content wherever it stands: half of them a
 * text (a name, a text of attributes, a whole payload), the others a message of a conversation. */
#ifndef OAT_TESTS_RUN_MODEL_SECRET_H
#define OAT_TESTS_RUN_MODEL_SECRET_H

#include "tests/support/run_model.h"

/* The which-th secret text. */
oat_text oat_model_secret_text(struct oat_model *model, uint32_t which);
/* A conversation with secret messages at its begin and sometimes at its end. */
oat_text oat_model_secret_chat(struct oat_model *model, uint32_t which, uint64_t seed);

/* What is in a secret (below OAT_MODEL_SECRETS) and in no other: its word. */
oat_text oat_model_secret_word(struct oat_model *model, uint32_t number);
/* All of it. */
oat_text oat_model_secret_content(struct oat_model *model, uint32_t number);

/* From now on the model expects a marker wherever the secret stands. */
void oat_model_secret_forget(struct oat_model *model, uint32_t number, const uint8_t redaction_id[16]);
/* Puts the markers in place in what operations have noted since. */
void oat_model_mask(struct oat_model *model);

/* Fails when a part holds something forgotten, read without masks; or any file does as it stands, but for
 * those in hot/ when they may. */
void oat_model_check_erased(struct oat_model *model, bool hot_may);

/* Pairs with payloads that hold the secret, or anything forgotten: every entry is decoded, whether a span
 * shows it or not. *ret_paths below the store: free(). Returns how many there are. */
size_t oat_model_list_holding(struct oat_model *model, uint32_t number,
                              char (**ret_paths)[OAT_RUN_PATH_SIZE]);

#endif
