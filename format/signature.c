#include "format/signature.h"

#include "format/fold_text.h"
#include "format/utf8.h"
#include "oat/oat.h"

#include <string.h>

#define STEP         128u /* rooms are multiples of it, so that they can be halved a few times */
#define MULTIPLIER   UINT64_C(0x9e3779b97f4a7c15)
#define LENGTH_SHIFT 56u /* a gram's length stands above its bytes */

/* ---- Grams ---- */

/* A gram's hash: of its bytes, the first one highest. Its upper half says which byte of the signature, bits
 * below that which bit of it. */
static inline uint64_t gram_hash(uint64_t bytes, unsigned len)
{
    return (bytes | (uint64_t)len << LENGTH_SHIFT) * MULTIPLIER;
}

static inline size_t gram_byte(uint64_t hash, size_t len)
{
    return (size_t)((hash >> 32) * len >> 32);
}

static inline uint8_t gram_bit(uint64_t hash)
{
    return (uint8_t)(1u << (hash >> 29 & 7));
}

/* ---- Making ---- */

size_t oat_signature_room(size_t raw_len, uint32_t chunk_count)
{
    size_t all = raw_len * 19 / 200, others = sizeof(oat_le32) + (size_t)chunk_count * OAT_EDGES_SIZE;
    return all > others ? (all - others) / STEP * STEP : 0;
}

struct signer {
    uint8_t *bits;
    size_t len;      /* of the signature */
    uint64_t window; /* the last bytes of folded text, */
    unsigned count;  /* as many as there are */
};

/* Sets the bit of the last gram_len bytes of the window. */
static inline void add_gram(uint8_t *bits, size_t len, uint64_t window, unsigned gram_len)
{
    uint64_t hash = gram_hash(window & ((UINT64_C(1) << gram_len * 8) - 1), gram_len);
    bits[gram_byte(hash, len)] |= gram_bit(hash);
}

/* One more byte of folded text. */
static inline void push(struct signer *s, uint8_t byte)
{
    s->window = s->window << 8 | byte;
    s->count++;
    if (s->count >= 3)
        add_gram(s->bits, s->len, s->window, 3);
    if (s->count >= 4)
        add_gram(s->bits, s->len, s->window, 4);
    if (s->count >= 6)
        add_gram(s->bits, s->len, s->window, 6);
}

/* True for a byte that is a character in either reading. */
static inline bool is_plain(char byte)
{
    return (unsigned char)byte < 0x80 && byte != '\\';
}

/* The plain bytes that the text begins with, when every gram they end is whole: most of all text, in
 * registers. Returns how many they are. */
static inline size_t push_plain(struct signer *s, const char *text, size_t len)
{
    uint8_t *bits = s->bits;
    size_t bits_len = s->len, at = 0;
    uint64_t window = s->window;
    if (s->count < OAT_GRAM_MAX)
        return 0;
    for (; at < len && is_plain(text[at]); at++) {
        window = window << 8 | oat_casefold_ascii((unsigned char)text[at]);
        add_gram(bits, bits_len, window, 3);
        add_gram(bits, bits_len, window, 4);
        add_gram(bits, bits_len, window, 6);
    }
    s->window = window;
    return at;
}

/* Returns the bytes it takes in UTF-8. */
static inline size_t push_char(struct signer *s, uint32_t folded)
{
    char bytes[OAT_UTF8_CHAR_MAX];
    if (folded < 0x80) {
        push(s, (uint8_t)folded);
        return 1;
    }
    size_t n = oat_utf8_put(bytes, folded);
    for (size_t i = 0; i < n; i++)
        push(s, (uint8_t)bytes[i]);
    return n;
}

/* The grams that have something of the escape at `at` in them, wherever they begin: escapes before it have
 * had their own. */
static void sign_escape(struct signer s, const char *text, size_t len, size_t at)
{
    uint32_t c;
    for (size_t pushed = 0, room = OAT_GRAM_MAX; pushed < room;) {
        size_t taken = oat_fold_get(text + at, len - at, true, &c);
        if (taken == 0)
            return;
        size_t n = push_char(&s, c);
        room += pushed == 0 ? n - 1 : 0; /* grams may begin with any byte of the first */
        pushed += n;
        at += taken;
    }
}

static void sign(const char *text, size_t len, uint8_t *bits, size_t bits_len)
{
    struct signer s = {.bits = bits, .len = bits_len};
    uint32_t c;
    for (size_t at = 0, taken; at < len; at += taken) {
        taken = push_plain(&s, text + at, len - at);
        if (taken > 0)
            continue;
        if (text[at] == '\\')
            sign_escape(s, text, len, at);
        taken = oat_fold_get(text + at, len - at, false, &c);
        if (taken > 0) {
            push_char(&s, c);
        } else {
            s.count = 0;
            taken = 1;
        }
    }
}

static bool is_sparse(const uint8_t *bits, size_t len)
{
    size_t ones = 0;
    for (size_t i = 0; i < len; i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bits + i, sizeof word);
        ones += (unsigned)__builtin_popcountll(word);
    }
    return ones <= len; /* one in eight */
}

size_t oat_signature_make(const uint8_t *raw, size_t raw_len, void *bits, size_t room)
{
    uint8_t *bytes = bits;
    size_t len = room;
    memset(bits, 0, room);
    sign((const char *)raw, raw_len, bytes, room);
    for (; len % (2 * OAT_SIGNATURE_UNIT) == 0 && is_sparse(bytes, len); len /= 2)
        for (size_t i = 0; i < len / 2; i++)
            bytes[i] = bytes[2 * i] | bytes[2 * i + 1];
    return len;
}

/* ---- Asking ---- */

static size_t aligned(size_t len)
{
    return (len + OAT_SIGNATURE_UNIT - 1) / OAT_SIGNATURE_UNIT * OAT_SIGNATURE_UNIT;
}

int oat_signatures_open(const uint8_t *bytes, size_t len, uint32_t group_count, uint32_t chunk_count,
                        struct oat_signatures *ret, const char **ret_what)
{
    oat_le32 head[2];
    *ret_what = "length of the signatures";
    if (len < sizeof head)
        return OAT_E_CORRUPT;
    memcpy(head, bytes, sizeof head);
    struct oat_signatures s = {
        .group_count = oat_le32_get(head[0]),
        .chunk_count = oat_le32_get(head[1]),
        .ends = (const oat_le32 *)(bytes + sizeof head),
    };
    size_t edges_at = aligned(sizeof head + (size_t)group_count * sizeof *s.ends);
    size_t bits_at = edges_at + aligned((size_t)s.chunk_count * OAT_EDGES_SIZE);
    if (s.group_count != group_count || (s.chunk_count != chunk_count && s.chunk_count != 0)) {
        *ret_what = "counts of the signatures";
        return OAT_E_CORRUPT;
    }
    if (len < bits_at)
        return OAT_E_CORRUPT;
    uint64_t end = 0;
    for (uint32_t g = 0; g < group_count; g++) {
        if (oat_le32_get(s.ends[g]) < end) {
            *ret_what = "ends of the signatures";
            return OAT_E_CORRUPT;
        }
        end = oat_le32_get(s.ends[g]);
    }
    if (len - bits_at != end * OAT_SIGNATURE_UNIT)
        return OAT_E_CORRUPT;
    s.edges = bytes + edges_at;
    s.bits = bytes + bits_at;
    *ret = s;
    return OAT_OK;
}

/* True when the bits have every gram of that length. */
static bool has_grams(const uint8_t *bits, size_t bits_len, const char *folded, size_t len, unsigned gram_len)
{
    uint64_t window = 0, mask = (UINT64_C(1) << gram_len * 8) - 1;
    for (size_t i = 0; i < len; i++) {
        window = window << 8 | (uint8_t)folded[i];
        uint64_t hash = gram_hash(window & mask, gram_len);
        if (i + 1 >= gram_len && !(bits[gram_byte(hash, bits_len)] & gram_bit(hash)))
            return false;
    }
    return true;
}

bool oat_signatures_may_have(const struct oat_signatures *signatures, uint32_t group, const char *folded,
                             size_t len)
{
    size_t begin = group > 0 ? oat_le32_get(signatures->ends[group - 1]) : 0;
    size_t end = oat_le32_get(signatures->ends[group]);
    const uint8_t *bits = signatures->bits + begin * OAT_SIGNATURE_UNIT;
    size_t bits_len = (end - begin) * OAT_SIGNATURE_UNIT;
    /* The rarest first. */
    return bits_len == 0 ||
           (has_grams(bits, bits_len, folded, len, 6) && has_grams(bits, bits_len, folded, len, 4) &&
            has_grams(bits, bits_len, folded, len, 3));
}
