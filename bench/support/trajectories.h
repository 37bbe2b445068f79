/* Real agent runs as a load: their distinct messages, and their model calls with the whole history
 * as input. Message elements are the bytes that stand in the source files. */
#ifndef OAT_BENCH_TRAJECTORIES_H
#define OAT_BENCH_TRAJECTORIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oat_bench_bytes {
    const uint8_t *data;
    size_t len;
};

struct oat_trajectories {
    struct oat_bench_bytes *message; /* distinct ones, in the order of their first use */
    size_t messages;
    size_t message_bytes;
    struct oat_bench_bytes *payload; /* of each call the input, then the output */
    size_t payloads;
    size_t payload_bytes;
};

/* Reads the runs below OAT_TEST_DATA (default ../shared/data). False when there are none. What it
 * allocates stays until the program ends. */
bool oat_trajectories_load(struct oat_trajectories *ret);

#endif
