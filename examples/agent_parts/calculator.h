/* Evaluates arithmetic. */
#ifndef AGENT_CALCULATOR_H
#define AGENT_CALCULATOR_H

#include <stdbool.h>

/* Evaluates + - * / % ^ and parentheses over decimal numbers, with the usual precedence (^ binds to
 * the right). False: *ret_error says what is wrong and where (static storage, valid until the next
 * call). */
bool agent_calculate(const char *expression, double *ret_value, const char **ret_error);

#endif
