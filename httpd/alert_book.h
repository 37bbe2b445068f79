/* The book of a project's alerts: how each rule stands, what has happened, and how far webhooks have been
 * told of it. It is kept in a file of the store, so that a restart forgets and repeats nothing. Not for
 * several threads. */
#ifndef OAT_HTTPD_ALERT_BOOK_H
#define OAT_HTTPD_ALERT_BOOK_H

#include "format/json_write.h"
#include "httpd/alert_query.h"
#include "httpd/alert_state.h"

#define OAT_ALERT_EVENTS_MAX 1000u /* that are remembered */
#define OAT_ALERT_GROUP_MAX  2048u /* bytes of a group's JSON; longer ones are left out */
#define OAT_ALERT_ERROR_SIZE OAT_PROBLEM_TEXT_SIZE

/* A rule without `by` has one, whose group is "{}"; else there is one for each group that was seen. */
struct oat_alert_series {
    char *group; /* {"agent":"planner"}; owned */
    enum oat_alert_state state;
    uint64_t since_ns, seen_ns; /* since the epoch: in this state; a value was there */
    struct oat_alert_value value;
};

/* How a rule stands. */
struct oat_alert_standing {
    const struct oat_alert_rule *rule;
    struct oat_alert_series *series; /* by group */
    size_t series_count;
    uint64_t evaluated_ns;            /* 0: not yet */
    uint64_t groups_left_out;         /* of the last evaluation */
    char error[OAT_ALERT_ERROR_SIZE]; /* of the last evaluation; "": it went well */
};

/* A series has changed its state. */
struct oat_alert_event {
    uint64_t id; /* 1 and on, in order of time */
    const struct oat_alert_rule *rule;
    char *group; /* owned */
    enum oat_alert_state from, to;
    uint64_t time_ns, lasted_ns; /* of the change; how long it was in `from` */
    struct oat_alert_value value;
};

struct oat_alert_book {
    const struct oat_alert_rules *rules; /* borrowed */
    struct oat_alert_standing *standings;
    size_t standing_count;
    struct oat_alert_event events[OAT_ALERT_EVENTS_MAX]; /* a ring: the place of one is its id */
    uint64_t next_id;
    uint64_t told[OAT_ALERT_WEBHOOKS_MAX]; /* the last event that a webhook was told of, or that was passed */
    bool changed;                          /* since it was read or saved */
};

/* One row of a rule's query. */
struct oat_alert_row {
    const char *group;
    struct oat_alert_value value;
};

/* An empty book of the rules that a project has. NULL: out of memory, or there are none. */
struct oat_alert_book *oat_alert_book_new(const struct oat_alert_rules *rules, const char *project);
/* Takes NULL. */
void oat_alert_book_free(struct oat_alert_book *book);

/* Enters what the query of a rule has found; groups that are not among the rows have no value. False: out of
 * memory; some rows may be missing. */
bool oat_alert_book_enter(struct oat_alert_book *book, struct oat_alert_standing *standing,
                          const struct oat_alert_row *rows, size_t count, uint64_t now_ns);

/* Its state is that of its worst series; OAT_ALERT_NO_DATA when it has none. *ret_worst: that series, or
 * NULL. */
enum oat_alert_state oat_alert_standing_state(const struct oat_alert_standing *standing,
                                              const struct oat_alert_series **ret_worst);

/* The event of this number, NULL when it is forgotten or has not happened. Borrowed until the next entry. */
const struct oat_alert_event *oat_alert_book_event(const struct oat_alert_book *book, uint64_t id);

/* The next event that a webhook is to be told of: that a rule of it fires, or does not any more. NULL: none.
 * Events it is not to be told of are passed. */
const struct oat_alert_event *oat_alert_book_next(struct oat_alert_book *book, unsigned webhook);
/* It was told of all events up to this one. */
void oat_alert_book_told(struct oat_alert_book *book, unsigned webhook, uint64_t id);

/* Writes the book as JSON. */
void oat_alert_book_write(const struct oat_alert_book *book, struct oat_json *out);
/* Reads what was written, into an empty book; what is of rules and webhooks that are no more is left out.
 * False: it is no book; what was read before that stays. */
bool oat_alert_book_read(struct oat_alert_book *book, const char *text, size_t len);

#endif
