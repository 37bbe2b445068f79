#include "httpd/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const names[] = {"error", "warn", "info", "debug"};
static enum oat_log_level current = OAT_LOG_INFO;

bool oat_log_level_parse(const char *text, enum oat_log_level *ret_level)
{
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret_level = (enum oat_log_level)i;
            return true;
        }
    }
    return false;
}

void oat_log_set_level(enum oat_log_level level)
{
    current = level;
}

void oat_log(enum oat_log_level level, const char *format, ...)
{
    if (level > current)
        return;
    struct timespec now;
    struct tm utc;
    char when[32], message[1024];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &utc);
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    fprintf(stderr, "%s.%03ldZ %s %s\n", when, now.tv_nsec / 1000000, names[level], message);
}

const char *oat_log_quote(const char *text, char *ret, size_t size)
{
    size_t at = 0;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = c > 0x20 && c < 0x7f && c != '\\';
        if (at + (plain ? 1 : 4) + sizeof "..." > size) {
            memcpy(ret + at, "...", 3);
            at += 3;
            break;
        }
        if (plain)
            ret[at++] = (char)c;
        else
            at += (size_t)snprintf(ret + at, size - at, "\\x%02x", c);
    }
    ret[at] = '\0';
    return ret;
}
