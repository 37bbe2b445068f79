#include "reader/problems.h"

#include "reader/array.h"

#include <errno.h>
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

/* ---- One problem ---- */

void oat_problem_of(oat_problem *ret, enum oat_problem_kind kind, const char *path, uint64_t offset,
                    const char *what, const char *expected, const char *found)
{
    *ret = (oat_problem){.kind = kind, .path = path, .offset = offset, .what = what, .count = 1};
    snprintf(ret->expected, sizeof ret->expected, "%s", expected);
    snprintf(ret->found, sizeof ret->found, "%s", found);
}

void oat_problem_of_numbers(oat_problem *ret, enum oat_problem_kind kind, const char *path, uint64_t offset,
                            const char *what, uint64_t expected, uint64_t found)
{
    char expected_text[24], found_text[24];
    snprintf(expected_text, sizeof expected_text, "%" PRIu64, expected);
    snprintf(found_text, sizeof found_text, "%" PRIu64, found);
    oat_problem_of(ret, kind, path, offset, what, expected_text, found_text);
}

void oat_problem_of_errno(oat_problem *ret, const char *path, uint64_t offset, const char *what, int error)
{
    const char *text = strerrordesc_np(error);
    oat_problem_of(ret, OAT_PROBLEM_IO, path, offset, what, "readable", text ? text : "unknown error");
}

void oat_problem_of_open(oat_problem *ret, const char *path, int result, const char *found)
{
    if (result == OAT_NOTFOUND)
        oat_problem_of(ret, OAT_PROBLEM_CORRUPT, path, 0, "file", "present", "missing");
    else if (result == OAT_E_CORRUPT)
        oat_problem_of(ret, OAT_PROBLEM_CORRUPT, path, 0, "file type", "regular file", found);
    else
        oat_problem_of_errno(ret, path, 0, "open", errno);
}

/* ---- Adding ---- */

static bool continues(const struct oat_problem_entry *last, const oat_problem *problem)
{
    return last->problem.kind == problem->kind && strcmp(last->problem.what, problem->what) == 0 &&
           strcmp(last->path, problem->path) == 0;
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

void oat_problems_add_copy(struct oat_problems *problems, const oat_problem *problem)
{
    pthread_mutex_lock(&problems->lock);
    struct oat_problem_entry *last = problems->count ? problems->entries[problems->count - 1] : NULL;
    if (last && (problems->count >= OAT_PROBLEMS_MAX || continues(last, problem))) {
        last->problem.count += problem->count;
    } else if ((last = append(problems))) {
        last->problem = *problem;
        snprintf(last->path, sizeof last->path, "%s", problem->path);
        last->problem.path = last->path;
    }
    pthread_mutex_unlock(&problems->lock);
}

void oat_problems_add(struct oat_problems *problems, enum oat_problem_kind kind, const char *path,
                      uint64_t offset, const char *what, const char *expected, const char *found)
{
    oat_problem problem;
    oat_problem_of(&problem, kind, path, offset, what, expected, found);
    oat_problems_add_copy(problems, &problem);
}

void oat_problems_add_numbers(struct oat_problems *problems, enum oat_problem_kind kind, const char *path,
                              uint64_t offset, const char *what, uint64_t expected, uint64_t found)
{
    oat_problem problem;
    oat_problem_of_numbers(&problem, kind, path, offset, what, expected, found);
    oat_problems_add_copy(problems, &problem);
}

void oat_problems_add_errno(struct oat_problems *problems, const char *path, uint64_t offset,
                            const char *what, int error)
{
    oat_problem problem;
    oat_problem_of_errno(&problem, path, offset, what, error);
    oat_problems_add_copy(problems, &problem);
}

void oat_problems_add_open(struct oat_problems *problems, const char *path, int result, const char *found)
{
    oat_problem problem;
    oat_problem_of_open(&problem, path, result, found);
    oat_problems_add_copy(problems, &problem);
}

/* ---- Asking ---- */

size_t oat_problems_count(struct oat_problems *problems)
{
    pthread_mutex_lock(&problems->lock);
    size_t count = problems->count;
    pthread_mutex_unlock(&problems->lock);
    return count;
}

uint64_t oat_problems_total(struct oat_problems *problems)
{
    uint64_t total = 0;
    pthread_mutex_lock(&problems->lock);
    for (size_t i = 0; i < problems->count; i++)
        total += problems->entries[i]->problem.count;
    pthread_mutex_unlock(&problems->lock);
    return total;
}

const oat_problem *oat_problems_get(struct oat_problems *problems, size_t index)
{
    pthread_mutex_lock(&problems->lock);
    const oat_problem *problem = index < problems->count ? &problems->entries[index]->problem : NULL;
    pthread_mutex_unlock(&problems->lock);
    return problem;
}

/* ---- As text ---- */

const char *oat_problem_kind_name(enum oat_problem_kind kind)
{
    static const char *const names[] = {
        [OAT_PROBLEM_CORRUPT] = "corrupt",
        [OAT_PROBLEM_UNSUPPORTED] = "unsupported",
        [OAT_PROBLEM_UNKNOWN_KIND] = "unknown kind",
        [OAT_PROBLEM_TORN] = "torn",
        [OAT_PROBLEM_IO] = "unreadable",
        [OAT_PROBLEM_LOST] = "lost",
        [OAT_PROBLEM_TREE] = "odd",
    };
    return kind >= OAT_PROBLEM_CORRUPT && kind <= OAT_PROBLEM_TREE ? names[kind] : NULL;
}

const char *oat_problem_text(const oat_problem *problem, char *ret, size_t size)
{
    const char *kind = oat_problem_kind_name(problem->kind);
    char place[32] = "";
    if (problem->kind != OAT_PROBLEM_IO || problem->offset > 0)
        snprintf(place, sizeof place, " at byte %" PRIu64, problem->offset);
    if (problem->kind == OAT_PROBLEM_IO)
        snprintf(ret, size, "%s: %s%s: %s", kind, problem->path, place, problem->found);
    else
        snprintf(ret, size, "%s: %s%s: %s: expected %s, found %s", kind, problem->path, place, problem->what,
                 problem->expected, problem->found);
    return ret;
}
