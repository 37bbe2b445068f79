/* Who may do what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "access/role.h"

static void a_role_may_what_its_name_says(void **state)
{
    (void)state;
    /* Rows: what a caller has; columns: what is needed. */
    static const bool may[OAT_ROLE_COUNT][OAT_ROLE_COUNT] = {
        /*         none  read   ingest write  admin */
        /* none   */ {true, false, false, false, false},
        /* read   */ {true, true, false, false, false},
        /* ingest */ {true, false, true, false, false},
        /* write  */ {true, true, false, true, false},
        /* admin  */ {true, true, true, true, true},
    };
    for (unsigned has = 0; has < OAT_ROLE_COUNT; has++)
        for (unsigned needs = 0; needs < OAT_ROLE_COUNT; needs++)
            if (oat_role_may((enum oat_role)has, (enum oat_role)needs) != may[has][needs])
                fail_msg("%s for %s", oat_role_name((enum oat_role)has), oat_role_name((enum oat_role)needs));
}

static void names_are_read_as_they_are_written(void **state)
{
    (void)state;
    enum oat_role role;
    for (unsigned i = OAT_ROLE_READ; i < OAT_ROLE_COUNT; i++) {
        assert_true(oat_role_parse(oat_role_name((enum oat_role)i), &role));
        assert_int_equal(role, i);
    }
    assert_false(oat_role_parse("none", &role));
    assert_false(oat_role_parse("Admin", &role));
    assert_false(oat_role_parse("", &role));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_role_may_what_its_name_says),
        cmocka_unit_test(names_are_read_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
