/* PROMPTS of a store: versions of prompts, their labels, and how calls are split among them (SPEC.md,
 * Prompts). */
#ifndef OAT_READER_PROMPTS_H
#define OAT_READER_PROMPTS_H

#include "reader/small_file.h"

#define OAT_PROMPTS_NAME      "PROMPTS"
#define OAT_PROMPT_NAME_MAX   256u       /* bytes of a name or label */
#define OAT_PROMPT_BODY_MAX   (1u << 20) /* bytes of a body */
#define OAT_PROMPT_WEIGHT_MAX 1000000u   /* of a version in a split */
#define OAT_PROMPTS_ROWS_MAX  (1u << 16) /* versions of all prompts together; labels, too */

struct oat_prompt_version {
    oat_text name;
    oat_text body;   /* an object in canonical form: what the version says, for ever */
    uint32_t number; /* 1, 2, 3 ... of its name */
    uint32_t weight; /* its share of the split of its name; 0: none */
    uint64_t time_ns;
};

struct oat_prompt_label {
    oat_text label;
    uint32_t version; /* index of the version it stands for */
    uint64_t time_ns; /* since when */
};

/* Zero-initialised: none. Texts that were read lie in the file; those that are added are borrowed. One thread
 * at a time. */
struct oat_prompts {
    struct oat_prompt_version *versions; /* by name, then number */
    size_t version_count, version_capacity;
    struct oat_prompt_label *labels; /* in the order in which they were given; each once a name */
    size_t label_count, label_capacity;
    struct oat_small_file file;
    void *owned[3]; /* texts of the file */
};

/* Reads PROMPTS; without it there are none. OAT_OK; OAT_E_CORRUPT, OAT_E_UNSUPPORTED, OAT_E_IO: reported;
 * OAT_E_NOMEM. *ret is empty but after OAT_OK. Bodies are not looked into. problems has to outlive *ret,
 * which is freed with oat_prompts_clear. */
int oat_prompts_read(int store_fd, struct oat_problems *problems, struct oat_prompts *ret);
void oat_prompts_clear(struct oat_prompts *prompts);

/* How many versions of this name there are; *ret_first: the index of number 1, or where it would be. */
size_t oat_prompts_find(const struct oat_prompts *prompts, oat_text name, size_t *ret_first);
/* Less than 0, 0, more than 0: a comes before b, is b, comes after it. */
int oat_prompts_compare(oat_text a, oat_text b);

/* The label of one of `count` versions from `first` on; NULL: there is none. */
struct oat_prompt_label *oat_prompts_find_label(const struct oat_prompts *prompts, size_t first, size_t count,
                                                oat_text label);

/* Puts a version behind the others of its name: its number is set. Labels go on standing for what they did.
 * *ret_index: where it is. OAT_OK, OAT_E_NOMEM, OAT_E_LIMIT: there are OAT_PROMPTS_ROWS_MAX. */
int oat_prompts_add(struct oat_prompts *prompts, const struct oat_prompt_version *version, size_t *ret_index);

/* Lets a label of the version's prompt stand for that version (an index). As above. */
int oat_prompts_set_label(struct oat_prompts *prompts, oat_text label, size_t version, uint64_t time_ns);

#endif
