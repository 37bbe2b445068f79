#include "httpd/statistics.h"

#include <math.h>

#define Z_95 1.959963984540054 /* 2.5 % of the normal distribution are above it */

/* B. P. Welford, 1962. */
void oat_sample_add(struct oat_sample *sample, double value)
{
    double before = value - sample->mean;
    sample->count++;
    sample->mean += before / (double)sample->count;
    sample->squares += before * (value - sample->mean);
}

static double variance_of_mean(const struct oat_sample *sample)
{
    double count = (double)sample->count;
    return sample->squares / (count - 1) / count;
}

/* ---- Student's t distribution --------------------------------------------------------------------- */

#define STEPS_MAX 300
#define PRECISE   1e-15
#define TINY      1e-300

static double away_from_zero(double value)
{
    return fabs(value) < TINY ? TINY : value;
}

/* The continued fraction of the incomplete beta function (Abramowitz and Stegun, 26.5.8), by Lentz's method.
 */
static double beta_fraction(double a, double b, double x)
{
    double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), result = d;
    for (int m = 1; m < STEPS_MAX; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / away_from_zero(1 + even * d);
        c = away_from_zero(1 + even / c);
        result *= c * d;
        d = 1 / away_from_zero(1 + odd * d);
        c = away_from_zero(1 + odd / c);
        result *= c * d;
        if (fabs(c * d - 1) < PRECISE)
            break;
    }
    return result;
}

/* The regularised incomplete beta function. */
static double incomplete_beta(double a, double b, double x)
{
    if (x <= 0 || x >= 1)
        return x <= 0 ? 0 : 1;
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a
                                     : 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double oat_t_tails(double t, double degrees)
{
    return incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t));
}

/* The t whose tails are 1 - OAT_CONFIDENCE. */
static double t_of_confidence(double degrees)
{
    double low = 0, high = 1e6;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        if (oat_t_tails(middle, degrees) > 1 - OAT_CONFIDENCE)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* ---- Means ---------------------------------------------------------------------------------------- */

bool oat_sample_interval(const struct oat_sample *sample, struct oat_interval *ret)
{
    if (sample->count < 2)
        return false;
    double reach = t_of_confidence((double)sample->count - 1) * sqrt(variance_of_mean(sample));
    *ret = (struct oat_interval){sample->mean - reach, sample->mean + reach};
    return true;
}

bool oat_welch_test(const struct oat_sample *a, const struct oat_sample *b, struct oat_difference *ret)
{
    if (a->count < OAT_SAMPLE_LEAST || b->count < OAT_SAMPLE_LEAST)
        return false;
    double va = variance_of_mean(a), vb = variance_of_mean(b), difference = b->mean - a->mean;
    if (va + vb <= 0) { /* all values of a sample are the same */
        *ret = (struct oat_difference){difference, {difference, difference}, difference == 0 ? 1 : 0};
        return true;
    }
    double degrees =
        (va + vb) * (va + vb) / (va * va / ((double)a->count - 1) + vb * vb / ((double)b->count - 1));
    double error = sqrt(va + vb), reach = t_of_confidence(degrees) * error;
    *ret = (struct oat_difference){
        difference, {difference - reach, difference + reach}, oat_t_tails(difference / error, degrees)};
    return true;
}

/* ---- Shares --------------------------------------------------------------------------------------- */

bool oat_share_interval(size_t hits, size_t count, struct oat_interval *ret)
{
    if (count == 0)
        return false;
    double n = (double)count, share = (double)hits / n, z2 = Z_95 * Z_95;
    double middle = (share + z2 / (2 * n)) / (1 + z2 / n);
    double reach = Z_95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n);
    *ret = (struct oat_interval){fmax(0, middle - reach), fmin(1, middle + reach)};
    return true;
}

bool oat_share_test(size_t hits_a, size_t count_a, size_t hits_b, size_t count_b, struct oat_difference *ret)
{
    if (count_a < OAT_SAMPLE_LEAST || count_b < OAT_SAMPLE_LEAST)
        return false;
    double na = (double)count_a, nb = (double)count_b;
    double a = (double)hits_a / na, b = (double)hits_b / nb, difference = b - a;
    double pooled = (double)(hits_a + hits_b) / (na + nb);
    double error = sqrt(pooled * (1 - pooled) * (1 / na + 1 / nb));
    double reach = Z_95 * sqrt(a * (1 - a) / na + b * (1 - b) / nb);
    *ret = (struct oat_difference){difference,
                                   {difference - reach, difference + reach},
                                   error > 0 ? erfc(fabs(difference) / error / sqrt(2)) : 1};
    return true;
}
