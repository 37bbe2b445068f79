#include "format/day.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400

void oat_day_print(uint32_t day, char ret[OAT_DAY_TEXT_SIZE])
{
    time_t time = (time_t)(day < OAT_DAY_MAX ? day : OAT_DAY_MAX) * DAY_S;
    struct tm utc;
    gmtime_r(&time, &utc);
    strftime(ret, OAT_DAY_TEXT_SIZE, "%Y-%m-%d", &utc);
}

bool oat_day_parse(const char *text, size_t len, uint32_t *ret_day)
{
    static const char form[] = "0000-00-00";
    char again[OAT_DAY_TEXT_SIZE];
    struct tm utc = {0};
    if (len != sizeof form - 1)
        return false;
    for (size_t i = 0; i < len; i++)
        if (form[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
    utc.tm_year =
        (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + text[3] - '0' - 1900;
    utc.tm_mon = (text[5] - '0') * 10 + text[6] - '0' - 1;
    utc.tm_mday = (text[8] - '0') * 10 + text[9] - '0';
    time_t time = timegm(&utc);
    if (time < 0 || time / DAY_S > (time_t)OAT_DAY_MAX)
        return false;
    /* There is no 30th of February: it would come back as another day. */
    oat_day_print((uint32_t)(time / DAY_S), again);
    if (memcmp(again, text, len) != 0)
        return false;
    *ret_day = (uint32_t)(time / DAY_S);
    return true;
}
