/* How thorough a sweep is that tries something for every byte or bit of a file, or very many cases. */
#ifndef OAT_TESTS_SWEEP_H
#define OAT_TESTS_SWEEP_H

/* Without a sanitizer every place has its turn. Under one, which is slow, one of several: AddressSanitizer
 * sees the same code at work on neighbouring ones; ThreadSanitizer learns nothing from sweeps, as they run in
 * one thread. No multiple of 2, so that all bits of a byte are tried. */
#if defined(__SANITIZE_THREAD__)
#define OAT_SWEEP_STEP 31u
#elif defined(__SANITIZE_ADDRESS__)
#define OAT_SWEEP_STEP 3u
#else
#define OAT_SWEEP_STEP 1u
#endif

#endif
