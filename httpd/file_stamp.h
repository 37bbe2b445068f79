/* Whether a file is still the one that was looked at: for what is read again when it has changed. */
#ifndef OAT_HTTPD_FILE_STAMP_H
#define OAT_HTTPD_FILE_STAMP_H

#include <stdbool.h>
#include <sys/stat.h>

/* All zeros: there is none. path NULL: there is none. */
struct stat oat_file_stamp(const char *path);

/* Of another file, or of other contents, one has another size or time. */
bool oat_file_stamp_is(const struct stat *a, const struct stat *b);

#endif
