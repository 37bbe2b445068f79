/* A small file in the folder of a store that is replaced as a whole: who reads it finds the old text or the
 * new one, also after a crash. */
#ifndef OAT_HTTPD_STATE_FILE_H
#define OAT_HTTPD_STATE_FILE_H

#include <stddef.h>

#define OAT_STATE_FILE_MAX ((size_t)64 << 20) /* bytes */

/* The text of dir/name; free() it. OAT_OK, OAT_NOTFOUND, OAT_E_NOMEM, OAT_E_LIMIT, OAT_E_IO with errno. */
int oat_state_file_read(const char *dir, const char *name, char **ret_text, size_t *ret_len);

/* Writes dir/name and returns when it is on the device. OAT_OK; OAT_NOTFOUND: there is no such folder;
 * OAT_E_IO, OAT_E_FULL with errno: the old text is still there. */
int oat_state_file_write(const char *dir, const char *name, const char *text, size_t len);

#endif
