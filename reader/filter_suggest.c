#include "reader/filter_suggest.h"

#include "format/edit_distance.h"
#include "reader/fields.h"

#include <string.h>

#define BEGINNING_MIN   2 /* bytes of a word that may be the beginning of a name */
#define DISTANCE_MAX    2
#define SUGGESTIONS_MAX 3

/* 0: the word begins the name. More than DISTANCE_MAX: they are not near. */
static size_t distance(oat_text word, const char *name)
{
    if (!name)
        return SIZE_MAX;
    if (word.len >= BEGINNING_MIN && strncmp(name, word.bytes, word.len) == 0)
        return 0;
    size_t edits = oat_edit_distance(word.bytes, word.len, name, strlen(name));
    return edits < word.len ? edits : SIZE_MAX;
}

void oat_filter_suggest(const struct oat_filter_source *source, oat_text word)
{
    unsigned count = 0;
    const struct oat_field *field;
    for (size_t near = 0; near <= DISTANCE_MAX; near++) {
        for (size_t i = 0; (field = oat_field_at(i)) && count < SUGGESTIONS_MAX; i++) {
            size_t of_name = distance(word, field->name), of_alias = distance(word, field->alias);
            if (near != (of_name <= of_alias ? of_name : of_alias))
                continue;
            oat_filter_expect(source, of_name <= of_alias ? field->name : field->alias);
            count++;
        }
    }
    if (count == 0)
        oat_filter_expect(source, "field");
}
