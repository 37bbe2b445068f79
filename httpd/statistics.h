/* Comparing two samples. Pure. */
#ifndef OAT_HTTPD_STATISTICS_H
#define OAT_HTTPD_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

#define OAT_CONFIDENCE   0.95
#define OAT_SAMPLE_LEAST 30u /* fewer values prove nothing */

/* Values that were added one by one. Zero-initialised: none. */
struct oat_sample {
    size_t count;
    double mean;
    double squares; /* sum of squared distances from the mean */
};

void oat_sample_add(struct oat_sample *sample, double value);

/* Ends of an interval. */
struct oat_interval {
    double low, high;
};

/* The confidence interval of the mean, by Student's t distribution. Of one value or none: false. */
bool oat_sample_interval(const struct oat_sample *sample, struct oat_interval *ret);

/* The confidence interval of a share of `count` that `hits` are (E. B. Wilson, 1927). Of none: false. */
bool oat_share_interval(size_t hits, size_t count, struct oat_interval *ret);

/* How much more b is than a. */
struct oat_difference {
    double value;
    struct oat_interval interval;
    double p; /* how likely so great a difference is, either way, when there is none */
};

/* Welch's t-test of two means, whose variances may differ. False: a sample has fewer than OAT_SAMPLE_LEAST
 * values. */
bool oat_welch_test(const struct oat_sample *a, const struct oat_sample *b, struct oat_difference *ret);

/* The two-proportion z-test with a pooled share. Likewise. */
bool oat_share_test(size_t hits_a, size_t count_a, size_t hits_b, size_t count_b, struct oat_difference *ret);

/* The probability that |T| is greater than t, for Student's t distribution; degrees > 0. */
double oat_t_tails(double t, double degrees);

#endif
