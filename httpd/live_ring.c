#include "httpd/live_ring.h"

#include <stdlib.h>
#include <string.h>

struct message {
    uint64_t at; /* of all bytes that were ever put; in the ring modulo its size */
    size_t len;
    uint64_t forms[OAT_RING_FORM_WORDS];
};

struct oat_ring {
    struct message *messages; /* number n is at n modulo their count */
    size_t messages_max;
    char *bytes;
    size_t bytes_max;
    uint64_t first, end;                     /* messages that are there: [first, end) */
    uint64_t bytes_end;                      /* where the next one goes */
    uint64_t form_count[OAT_RING_FORMS_MAX]; /* messages there ever were for each form */
    uint64_t form_end[OAT_RING_FORMS_MAX];   /* behind the newest one of each form */
    bool has_left_out;                       /* a message that was larger than it */
};

struct oat_ring *oat_ring_new(size_t messages_max, size_t bytes_max)
{
    struct oat_ring *ring = calloc(1, sizeof *ring);
    if (!ring)
        return NULL;
    ring->messages_max = messages_max;
    ring->bytes_max = bytes_max;
    ring->messages = malloc(messages_max * sizeof *ring->messages);
    ring->bytes = malloc(bytes_max);
    if (!ring->messages || !ring->bytes) {
        oat_ring_free(ring);
        return NULL;
    }
    return ring;
}

void oat_ring_free(struct oat_ring *ring)
{
    if (!ring)
        return;
    free(ring->messages);
    free(ring->bytes);
    free(ring);
}

static struct message *message_of(const struct oat_ring *ring, uint64_t number)
{
    return &ring->messages[number % ring->messages_max];
}

static bool is_for(const struct message *message, unsigned form)
{
    return message->forms[form / 64] >> form % 64 & 1;
}

static void count_forms(struct oat_ring *ring, const uint64_t forms[OAT_RING_FORM_WORDS], uint64_t end)
{
    for (unsigned word = 0; word < OAT_RING_FORM_WORDS; word++) {
        for (uint64_t left = forms[word]; left != 0; left &= left - 1) {
            unsigned form = word * 64 + (unsigned)__builtin_ctzll(left);
            ring->form_count[form]++;
            ring->form_end[form] = end;
        }
    }
}

/* Where so many bytes go that lie together: at the beginning when they do not fit before the end. */
static uint64_t place_for(const struct oat_ring *ring, size_t len)
{
    size_t left = ring->bytes_max - (size_t)(ring->bytes_end % ring->bytes_max);
    return len <= left ? ring->bytes_end : ring->bytes_end + left;
}

void oat_ring_put(struct oat_ring *ring, const char *bytes, size_t len,
                  const uint64_t forms[OAT_RING_FORM_WORDS])
{
    if (len > ring->bytes_max) {
        ring->has_left_out = true;
        count_forms(ring, forms, ring->end);
        return;
    }
    uint64_t at = place_for(ring, len);
    while (ring->first < ring->end && (ring->end - ring->first == ring->messages_max ||
                                       message_of(ring, ring->first)->at + ring->bytes_max < at + len))
        ring->first++;
    struct message *message = message_of(ring, ring->end);
    message->at = at;
    message->len = len;
    memcpy(message->forms, forms, sizeof message->forms);
    memcpy(ring->bytes + at % ring->bytes_max, bytes, len);
    ring->bytes_end = at + len;
    ring->end++;
    count_forms(ring, forms, ring->end);
}

struct oat_ring_place oat_ring_end(const struct oat_ring *ring, unsigned form)
{
    return (struct oat_ring_place){.next = ring->end, .taken = ring->form_count[form]};
}

uint64_t oat_ring_missed(const struct oat_ring *ring, unsigned form, struct oat_ring_place *place)
{
    uint64_t here = 0;
    if (ring->form_count[form] == place->taken || (place->next >= ring->first && !ring->has_left_out))
        return 0;
    if (place->next < ring->first)
        place->next = ring->first;
    for (uint64_t i = place->next; i < ring->form_end[form]; i++)
        here += is_for(message_of(ring, i), form);
    uint64_t missed = ring->form_count[form] - place->taken - here;
    place->taken += missed;
    return missed;
}

bool oat_ring_take(const struct oat_ring *ring, unsigned form, struct oat_ring_place *place, size_t max_bytes,
                   void (*fn)(void *arg, const char *bytes, size_t len), void *arg)
{
    size_t taken = 0;
    bool any = false;
    for (; place->next < ring->form_end[form]; place->next++) {
        const struct message *message = message_of(ring, place->next);
        if (!is_for(message, form))
            continue;
        if (any && taken + message->len > max_bytes)
            break;
        fn(arg, ring->bytes + message->at % ring->bytes_max, message->len);
        taken += message->len;
        place->taken++;
        any = true;
    }
    if (place->next >= ring->form_end[form])
        place->next = ring->end; /* what there is behind it is not looked at again */
    return any;
}
