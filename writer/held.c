#include "writer/held.h"

#include <stdlib.h>
#include <string.h>

struct oat_held_call *oat_held_copy(const struct oat_held_append *append)
{
    size_t size = sizeof(struct oat_held_call) + append->job_size;
    for (size_t i = 0; i < OAT_HELD_BYTES_MAX; i++)
        size += append->bytes[i].len;
    struct oat_held_call *call = malloc(size);
    if (!call)
        return NULL;
    call->next = NULL;
    call->size = size;
    call->append = *append;
    call->append.job = memcpy(call->job, append->job, append->job_size);
    uint8_t *to = call->job + append->job_size;
    for (size_t i = 0; i < OAT_HELD_BYTES_MAX; i++) {
        size_t len = append->bytes[i].len;
        uint8_t *pointer = call->job + append->bytes[i].pointer;
        const void *from;
        if (len == 0)
            continue;
        memcpy(&from, pointer, sizeof from);
        memcpy(pointer, &to, sizeof to);
        memcpy(to, from, len);
        to += len;
    }
    return call;
}

void oat_held_add(struct oat_held_appends *appends, struct oat_held_call *call)
{
    if (appends->last)
        appends->last->next = call;
    else
        appends->first = call;
    appends->last = call;
    appends->bytes += call->size;
}

bool oat_held_inherit(struct oat_held_appends *appends, const struct oat_held_appends *from, oat_span *span)
{
    for (const struct oat_held_call *call = from->first; call; call = call->next) {
        if (!call->append.inherited)
            continue;
        struct oat_held_call *copy = oat_held_copy(&call->append);
        if (!copy)
            return false;
        memcpy(copy->job, &span, sizeof span);
        oat_held_add(appends, copy);
    }
    return true;
}

void oat_held_clear(struct oat_held_appends *appends)
{
    struct oat_held_call *next;
    for (struct oat_held_call *call = appends->first; call; call = next) {
        next = call->next;
        free(call);
    }
    *appends = (struct oat_held_appends){0};
}
