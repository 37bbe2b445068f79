#include "examples/agent_parts/calculator.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DEPTH_MAX 100

/* A recursive descent over:  sum = product {(+|-) product}   product = power {(*|/|%) power}
 * power = - power | factor [^ power]    factor = number | ( sum ) */
struct parser {
    const char *start, *at;
    const char *error; /* the first one */
    int depth;
};

static double sum(struct parser *p);

static double fail(struct parser *p, const char *what)
{
    static char text[100];
    if (!p->error) {
        snprintf(text, sizeof text, "%s at character %d", what, (int)(p->at - p->start) + 1);
        p->error = text;
    }
    return 0;
}

static bool take(struct parser *p, char c)
{
    while (isspace((unsigned char)*p->at))
        p->at++;
    if (*p->at != c)
        return false;
    p->at++;
    return true;
}

static double factor(struct parser *p)
{
    if (++p->depth > DEPTH_MAX)
        return fail(p, "nested too deeply");
    double value;
    if (take(p, '(')) {
        value = sum(p);
        if (!take(p, ')'))
            fail(p, "expected ')'");
    } else if (isdigit((unsigned char)*p->at) || *p->at == '.') {
        char *end;
        value = strtod(p->at, &end);
        if (end == p->at)
            fail(p, "expected a number");
        p->at = end;
    } else {
        value = fail(p, "expected a number");
    }
    p->depth--;
    return value;
}

static double power(struct parser *p)
{
    if (++p->depth > DEPTH_MAX)
        return fail(p, "nested too deeply");
    double value;
    if (take(p, '-')) {
        value = -power(p);
    } else {
        value = factor(p);
        if (!p->error && take(p, '^'))
            value = pow(value, power(p));
    }
    p->depth--;
    return value;
}

static double product(struct parser *p)
{
    double value = power(p);
    while (!p->error) {
        if (take(p, '*')) {
            value *= power(p);
            continue;
        }
        bool divide = take(p, '/');
        if (!divide && !take(p, '%'))
            break;
        double by = power(p);
        if (by == 0)
            fail(p, "division by zero");
        else
            value = divide ? value / by : fmod(value, by);
    }
    return value;
}

static double sum(struct parser *p)
{
    double value = product(p);
    while (!p->error) {
        if (take(p, '+'))
            value += product(p);
        else if (take(p, '-'))
            value -= product(p);
        else
            break;
    }
    return value;
}

bool agent_calculate(const char *expression, double *ret_value, const char **ret_error)
{
    struct parser p = {.start = expression, .at = expression};
    double value = sum(&p);
    if (!p.error && !take(&p, '\0'))
        fail(&p, "expected an operator");
    if (p.error) {
        *ret_error = p.error;
        return false;
    }
    *ret_value = value;
    return true;
}
