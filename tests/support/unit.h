/* cmocka with the headers that it wants first. */
#ifndef OAT_TESTS_UNIT_H
#define OAT_TESTS_UNIT_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#endif
