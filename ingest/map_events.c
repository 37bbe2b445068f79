/* OpenLLMetry adds an empty event for each piece of a stream, a thousand for a long answer. The first says
 * when the first token came; the others say nothing that the span does not. */
#include "ingest/map_events.h"

static bool is_piece(const oat_event *event)
{
    oat_text name = {event->name, event->name_len};
    return event->attr_count == 0 && (oat_text_is(name, "gen_ai.content.completion.chunk") ||
                                      oat_text_is(name, "llm.content.completion.chunk"));
}

bool oat_map_events(struct oat_map *map)
{
    const struct oat_otel_span *span = map->span;
    size_t kept = 0, pieces = 0;
    for (size_t i = 0; i < span->event_count; i++)
        pieces += is_piece(&span->events[i]);
    map->out->events = span->events;
    map->out->event_count = span->event_count;
    if (pieces < 2)
        return true;

    oat_event *events = oat_arena_calloc(map->arena, span->event_count - pieces + 1, sizeof *events);
    if (!events)
        return false;
    for (size_t i = 0, seen = 0; i < span->event_count; i++)
        if (!is_piece(&span->events[i]) || seen++ == 0)
            events[kept++] = span->events[i];
    map->out->events = events;
    map->out->event_count = kept;
    return true;
}
