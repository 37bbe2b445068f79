/* Scratch directories of tests. */
#ifndef OAT_TESTS_RUN_DIR_H
#define OAT_TESTS_RUN_DIR_H

#include <stddef.h>
#include <stdint.h>

#define OAT_RUN_PATH_SIZE 256

/* AddressSanitizer and ThreadSanitizer of gcc 12 leave their allocator's locks taken in a child that
 * is forked while another thread allocates. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OAT_RUN_FORKS_WITH_THREADS 0
#else
#define OAT_RUN_FORKS_WITH_THREADS 1
#endif

/* Makes a new directory below TMPDIR (else /tmp); ends the program when that fails. */
void oat_run_dir_make(char ret_path[OAT_RUN_PATH_SIZE]);
/* Removes a directory with all that is in it. */
void oat_run_dir_remove(const char *path);

/* Disk space of everything below. */
uint64_t oat_run_dir_disk_bytes(const char *path);

/* Files in dir/hot whose names end in suffix; those being made (".tmp-") are not among them. */
size_t oat_run_hot_count(const char *dir, const char *suffix);
/* Files in dir/hot whose names begin with prefix. */
size_t oat_run_hot_count_prefix(const char *dir, const char *prefix);
/* The paths of those whose names end in suffix, in order of their names; free(*ret_paths). Returns
 * how many there are. */
size_t oat_run_hot_list(const char *dir, const char *suffix, char (**ret_paths)[OAT_RUN_PATH_SIZE]);

#endif
