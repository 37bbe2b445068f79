#include "httpd/skeleton.h"

#include <stdlib.h>
#include <string.h>

void oat_skeleton_free(struct oat_skeleton *skeleton)
{
    free(skeleton->shown);
    free(skeleton->place);
    free(skeleton->children);
    free(skeleton->descendants);
    *skeleton = (struct oat_skeleton){0};
}

/* Counts children and descendants; nothing is shown yet. */
static int begin(const oat_span_view *spans, size_t count, struct oat_skeleton *ret)
{
    *ret = (struct oat_skeleton){
        .shown = malloc((count + 1) * sizeof *ret->shown),
        .place = malloc((count + 1) * sizeof *ret->place),
        .children = calloc(count + 1, sizeof *ret->children),
        .descendants = calloc(count + 1, sizeof *ret->descendants),
    };
    if (!ret->shown || !ret->place || !ret->children || !ret->descendants) {
        oat_skeleton_free(ret);
        return OAT_E_NOMEM;
    }
    memset(ret->place, 0xff, (count + 1) * sizeof *ret->place);
    for (size_t i = count; i-- > 0;) { /* children stand behind their parents */
        uint32_t parent = spans[i].parent_index;
        if (parent >= i)
            continue;
        ret->children[parent]++;
        ret->descendants[parent] += ret->descendants[i] + 1;
    }
    return OAT_OK;
}

static void show(struct oat_skeleton *skeleton, size_t span)
{
    skeleton->place[span] = (uint32_t)skeleton->count;
    skeleton->shown[skeleton->count++] = (uint32_t)span;
}

/* The spans at or above a depth. */
static size_t count_to(const oat_span_view *spans, size_t count, uint32_t depth)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += spans[i].depth <= depth;
    return found;
}

/* The greatest depth to which all spans fit; depths have a limit, so it is sought by halves. */
static uint32_t depth_that_fits(const oat_span_view *spans, size_t count, size_t max)
{
    uint32_t low = 0, high = 0;
    for (size_t i = 0; i < count; i++)
        high = spans[i].depth > high ? spans[i].depth : high;
    while (low < high) {
        uint32_t middle = low + (high - low + 1) / 2;
        if (count_to(spans, count, middle) <= max)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

int oat_skeleton_levels(const oat_span_view *spans, size_t count, size_t max, struct oat_skeleton *ret)
{
    int result = begin(spans, count, ret);
    if (result != OAT_OK)
        return result;
    uint32_t depth = depth_that_fits(spans, count, max);
    ret->siblings = count;
    for (size_t i = 0; i < count && ret->count < max; i++)
        if (spans[i].depth <= depth)
            show(ret, i);
    return OAT_OK;
}

int oat_skeleton_window(const oat_span_view *spans, size_t count, uint32_t parent, size_t offset,
                        size_t limit, struct oat_skeleton *ret)
{
    int result = begin(spans, count, ret);
    if (result != OAT_OK)
        return result;
    for (size_t i = 0; i < count; i++) {
        if (spans[i].parent_index != parent)
            continue;
        if (ret->siblings >= offset && ret->count < limit)
            show(ret, i);
        ret->siblings++;
    }
    return OAT_OK;
}
