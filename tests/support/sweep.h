/* How thorough a sweep is that tries something for every byte or bit of a file, or very many cases. */
#ifndef OAT_TESTS_SWEEP_H
#define OAT_TESTS_SWEEP_H

/* ThreadSanitizer makes such sweeps ten times slower and, as they run in one thread, learns nothing from
 * them: one of several places will do. No multiple of 2, so that every bit of a byte has its turn. */
#if defined(__SANITIZE_THREAD__)
#define OAT_SWEEP_STEP 31u
#else
#define OAT_SWEEP_STEP 1u
#endif

#endif
