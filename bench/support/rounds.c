#include "bench/support/rounds.h"

#include <stdlib.h>
#include <string.h>

#define DRIFT_MAX 0.15

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double oat_bench_median_of(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

double oat_bench_quantile(const double *sorted, size_t count, double share)
{
    size_t at = (size_t)(share * (double)count);
    return sorted[at < count ? at : count - 1];
}

/* Decides which rounds had a steady base. */
static void choose(oat_bench_rounds *rounds)
{
    double base[OAT_BENCH_ROUNDS];
    for (size_t i = 0; i < rounds->done; i++)
        base[i] = rounds->values[i][0][0];
    double middle = oat_bench_median_of(base, rounds->done);
    rounds->kept = 0;
    for (size_t i = 0; i < rounds->done; i++) {
        double off = rounds->values[i][0][0] / middle - 1;
        rounds->keep[i] = off <= DRIFT_MAX && off >= -DRIFT_MAX;
        rounds->kept += rounds->keep[i];
    }
}

void oat_bench_run(const oat_bench_case *cases, size_t count, size_t wanted, oat_bench_rounds *ret)
{
    size_t most = 4 * wanted < OAT_BENCH_ROUNDS ? 4 * wanted : OAT_BENCH_ROUNDS;
    memset(ret, 0, sizeof *ret);
    ret->cases = count;
    for (size_t i = 0; i < count; i++)
        cases[i].run(cases[i].arg, ret->values[0][i]);
    while (ret->kept < wanted && ret->done < most) {
        for (size_t i = 0; i < count; i++)
            cases[i].run(cases[i].arg, ret->values[ret->done][i]);
        ret->done++;
        choose(ret);
    }
    ret->steady = ret->kept >= wanted;
    if (!ret->steady) {
        memset(ret->keep, true, sizeof ret->keep);
        ret->kept = ret->done;
    }
}

double oat_bench_median(const oat_bench_rounds *rounds, size_t case_no, size_t metric)
{
    double values[OAT_BENCH_ROUNDS];
    size_t n = 0;
    for (size_t i = 0; i < rounds->done; i++)
        if (rounds->keep[i])
            values[n++] = rounds->values[i][case_no][metric];
    return oat_bench_median_of(values, n);
}

double oat_bench_ratio(const oat_bench_rounds *rounds, size_t case_no, size_t base_no, size_t metric)
{
    double values[OAT_BENCH_ROUNDS];
    size_t n = 0;
    for (size_t i = 0; i < rounds->done; i++)
        if (rounds->keep[i])
            values[n++] = rounds->values[i][case_no][metric] / rounds->values[i][base_no][metric];
    return oat_bench_median_of(values, n);
}
