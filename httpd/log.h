/* Messages of the daemon, one line each, on stderr. From any thread. */
#ifndef OAT_HTTPD_LOG_H
#define OAT_HTTPD_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum oat_log_level { OAT_LOG_ERROR = 0, OAT_LOG_WARN = 1, OAT_LOG_INFO = 2, OAT_LOG_DEBUG = 3 };

/* "error", "warn", "info", "debug". False: the text is none of them. */
bool oat_log_level_parse(const char *text, enum oat_log_level *ret_level);

/* Less important messages than this are left out; info at first. Set it before threads start. */
void oat_log_set_level(enum oat_log_level level);

__attribute__((format(printf, 2, 3))) void oat_log(enum oat_log_level level, const char *format, ...);

/* Text from outside for a message: bytes other than printable ASCII become \xNN, a text too long for
 * size ends in "...". Returns ret. size: 8 or more. */
const char *oat_log_quote(const char *text, char *ret, size_t size);

#endif
