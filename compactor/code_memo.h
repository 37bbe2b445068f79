/* Codes that were looked up last, by a number that stands for what they are of: saves reading and hashing
 * the same texts again. Used by one thread at a time. */
#ifndef OAT_COMPACTOR_CODE_MEMO_H
#define OAT_COMPACTOR_CODE_MEMO_H

#include "format/hash.h"

#include <stdbool.h>
#include <stddef.h>

#define OAT_CODE_MEMO_BITS 15u

/* Zero-initialise. */
struct oat_code_memo {
    struct {
        uint64_t key; /* 0: free */
        uint64_t code;
    } entries[1u << OAT_CODE_MEMO_BITS];
};

static inline size_t oat_code_memo_place(uint64_t key)
{
    return (size_t)(key * OAT_POSITION_PRIME >> (64 - OAT_CODE_MEMO_BITS));
}

/* key: not 0. False: it is not there (any more). */
static inline bool oat_code_memo_get(const struct oat_code_memo *memo, uint64_t key, uint64_t *ret_code)
{
    size_t place = oat_code_memo_place(key);
    *ret_code = memo->entries[place].code;
    return memo->entries[place].key == key;
}

/* Takes the place of another one. */
static inline void oat_code_memo_put(struct oat_code_memo *memo, uint64_t key, uint64_t code)
{
    size_t place = oat_code_memo_place(key);
    memo->entries[place].key = key;
    memo->entries[place].code = code;
}

#endif
