/* The model test: random sequences of operations against a store and against a trivial model of it;
 * both must give the same answers after every few steps. What fails is shrunk to the operations that
 * are needed, and printed with its seed. Ends in "N passed, N failed", counting sequences. */
#include "tests/support/run_model_actor.h"
#include "tests/support/run_random.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OPS_DEFAULT     160
#define OPS_MAX         2000
#define SECONDS_DEFAULT 10
#define SHRINK_SECONDS  60
#define FAILURES_MAX    3

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static enum oat_map_mode map_of(uint64_t seed)
{
    oat_config config;
    oat_config_init(&config);
    if (config.map != OAT_MAP_AUTO)
        return config.map;
    return seed % 2 ? OAT_MAP_NEVER : OAT_MAP_AUTO;
}

static size_t without(const struct oat_model_op *ops, size_t count, size_t from, size_t len,
                      struct oat_model_op *ret)
{
    size_t end = from + len < count ? from + len : count;
    memcpy(ret, ops, from * sizeof *ops);
    memcpy(ret + from, ops + end, (count - end) * sizeof *ops);
    return count - (end - from);
}

/* Takes out operations, many at first, as long as the rest still fails. */
static size_t shrink(struct oat_model_op *ops, size_t count, uint64_t seed, char why[OAT_RUN_WHY_SIZE])
{
    static struct oat_model_op fewer[OPS_MAX];
    char other_why[OAT_RUN_WHY_SIZE];
    double until_s = now_s() + SHRINK_SECONDS;
    size_t at;
    for (size_t len = count / 2; len > 0; len = len > 1 ? len / 2 : 0) {
        for (size_t from = 0; from < count && now_s() < until_s;) {
            size_t left = without(ops, count, from, len, fewer);
            if (left < count && !oat_model_run(fewer, left, seed, map_of(seed), other_why, &at)) {
                memcpy(ops, fewer, left * sizeof *ops);
                memcpy(why, other_why, OAT_RUN_WHY_SIZE);
                count = left;
            } else {
                from += len;
            }
        }
    }
    return count;
}

/* Runs the sequence of a seed. False: it failed, and that was printed. */
static bool run_seed(uint64_t seed, size_t count)
{
    static struct oat_model_op ops[OPS_MAX];
    char why[OAT_RUN_WHY_SIZE] = "";
    uint64_t state = oat_run_mix(seed);
    size_t at;
    for (size_t i = 0; i < count; i++)
        ops[i] = oat_model_op_draw(&state);
    if (oat_model_run(ops, count, seed, map_of(seed), why, &at))
        return true;
    printf("seed %llu failed after %zu operations: %s\n", (unsigned long long)seed, at, why);
    fflush(stdout);
    count = shrink(ops, at < count ? at : count, seed, why);
    printf("%zu operations are enough (%s): %s\n", count, map_of(seed) == OAT_MAP_NEVER ? "pwrite" : "map",
           why);
    for (size_t i = 0; i < count; i++)
        oat_model_op_print(stdout, &ops[i]);
    fflush(stdout);
    return false;
}

static int usage(void)
{
    fprintf(stderr, "usage: model [--seconds N] [--seed S] [--ops N]\n");
    return 2;
}

int main(int argc, char **argv)
{
    double seconds = SECONDS_DEFAULT;
    bool one = false;
    uint64_t seed = 1;
    size_t ops = OPS_DEFAULT;
    unsigned passed = 0, failed = 0;

    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seconds") == 0) {
            seconds = atof(argv[i + 1]);
        } else if (strcmp(argv[i], "--seed") == 0) {
            seed = strtoull(argv[i + 1], NULL, 10);
            one = true;
        } else if (strcmp(argv[i], "--ops") == 0) {
            ops = strtoull(argv[i + 1], NULL, 10);
        } else {
            return usage();
        }
    }
    if (argc % 2 == 0 || ops > OPS_MAX)
        return usage();
    double until_s = now_s() + seconds;
    do {
        if (run_seed(seed++, ops))
            passed++;
        else
            failed++;
    } while (!one && failed < FAILURES_MAX && now_s() < until_s);
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0;
}
