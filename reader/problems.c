#include "reader/problems.h"

#include "reader/array.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct oat_problem_entry {
    oat_problem problem;
    char path[96];
};

void oat_problems_init(struct oat_problems *problems)
{
    memset(problems, 0, sizeof *problems);
    pthread_mutex_init(&problems->lock, NULL);
}

void oat_problems_clear(struct oat_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        free(problems->entries[i]);
    free(problems->entries);
    pthread_mutex_destroy(&problems->lock);
}

static bool continues(const struct oat_problem_entry *last, enum oat_problem_kind kind, const char *path,
                      const char *what)
{
    return last->problem.kind == kind && strcmp(last->problem.what, what) == 0 &&
           strcmp(last->path, path) == 0;
}

static struct oat_problem_entry *append(struct oat_problems *problems)
{
    if (!oat_array_reserve(&problems->entries, problems->count, &problems->capacity,
                           sizeof *problems->entries))
        return NULL;
    struct oat_problem_entry *entry = calloc(1, sizeof *entry);
    if (entry)
        problems->entries[problems->count++] = entry;
    return entry;
}

static void fill(struct oat_problem_entry *entry, enum oat_problem_kind kind, const char *path,
                 uint64_t offset, const char *what, const char *expected, const char *found)
{
    snprintf(entry->path, sizeof entry->path, "%s", path);
    entry->problem =
        (oat_problem){.kind = kind, .path = entry->path, .offset = offset, .what = what, .count = 1};
    snprintf(entry->problem.expected, sizeof entry->problem.expected, "%s", expected);
    snprintf(entry->problem.found, sizeof entry->problem.found, "%s", found);
}

void oat_problems_add(struct oat_problems *problems, enum oat_problem_kind kind, const char *path,
                      uint64_t offset, const char *what, const char *expected, const char *found)
{
    pthread_mutex_lock(&problems->lock);
    struct oat_problem_entry *last = problems->count ? problems->entries[problems->count - 1] : NULL;
    if (last && (problems->count >= OAT_PROBLEMS_MAX || continues(last, kind, path, what)))
        last->problem.count++;
    else if ((last = append(problems)))
        fill(last, kind, path, offset, what, expected, found);
    pthread_mutex_unlock(&problems->lock);
}

void oat_problems_add_numbers(struct oat_problems *problems, enum oat_problem_kind kind, const char *path,
                              uint64_t offset, const char *what, uint64_t expected, uint64_t found)
{
    char expected_text[24], found_text[24];
    snprintf(expected_text, sizeof expected_text, "%" PRIu64, expected);
    snprintf(found_text, sizeof found_text, "%" PRIu64, found);
    oat_problems_add(problems, kind, path, offset, what, expected_text, found_text);
}

void oat_problems_add_errno(struct oat_problems *problems, const char *path, uint64_t offset,
                            const char *what, int error)
{
    oat_problems_add(problems, OAT_PROBLEM_IO, path, offset, what, "readable", strerrordesc_np(error));
}

size_t oat_problems_count(struct oat_problems *problems)
{
    pthread_mutex_lock(&problems->lock);
    size_t count = problems->count;
    pthread_mutex_unlock(&problems->lock);
    return count;
}

const oat_problem *oat_problems_get(struct oat_problems *problems, size_t index)
{
    pthread_mutex_lock(&problems->lock);
    const oat_problem *problem = index < problems->count ? &problems->entries[index]->problem : NULL;
    pthread_mutex_unlock(&problems->lock);
    return problem;
}
