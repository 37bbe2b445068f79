/* The description of the API says what the router does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "httpd/router.h"
#include "tests/support/run_ask.h"

#define SOURCE "httpd/pages/openapi.json"

static int set_up(void **state)
{
    *state = oat_run_get("/nonexistent", "/openapi.json", NULL);
    return 0;
}

static int tear_down(void **state)
{
    json_decref(*state);
    return 0;
}

static const char *method_name(enum oat_method method)
{
    return method == OAT_GET ? "get" : method == OAT_POST ? "post" : method == OAT_PUT ? "put" : "delete";
}

/* What "#/components/schemas/Trace" stands for. */
static const json_t *resolve(const json_t *api, const char *reference)
{
    char path[200];
    const json_t *at = api;
    char *rest = NULL;
    snprintf(path, sizeof path, "%s", reference + strlen("#/"));
    for (char *step = strtok_r(path, "/", &rest); step && at; step = strtok_r(NULL, "/", &rest))
        at = json_object_get(at, step);
    if (!at)
        fail_msg("%s: nothing is at %s", SOURCE, reference);
    return at;
}

static const json_t *parameter_at(const json_t *api, const json_t *operation, size_t index)
{
    const json_t *parameter = json_array_get(json_object_get(operation, "parameters"), index);
    const json_t *reference = json_object_get(parameter, "$ref");
    return reference ? resolve(api, json_string_value(reference)) : parameter;
}

/* How many parameters of this name and place there are. */
static unsigned count_parameters(const json_t *api, const json_t *operation, const char *place,
                                 const char *name)
{
    unsigned count = 0;
    for (size_t i = 0; i < json_array_size(json_object_get(operation, "parameters")); i++) {
        const json_t *one = parameter_at(api, operation, i);
        bool here = strcmp(json_string_value(json_object_get(one, "in")), place) == 0;
        count += here && (!name || strcmp(json_string_value(json_object_get(one, "name")), name) == 0);
    }
    return count;
}

static const json_t *operation_of(const json_t *api, const struct oat_route *route)
{
    const json_t *paths = json_object_get(api, "paths");
    const json_t *operation =
        json_object_get(json_object_get(paths, route->path), method_name(route->method));
    if (!operation)
        fail_msg("%s %s: add it to %s, with its parameters", method_name(route->method), route->path, SOURCE);
    return operation;
}

static void every_route_is_described(void **state)
{
    const json_t *api = *state;
    const struct oat_route *route;
    for (size_t i = 0; (route = oat_route_at(i)) != NULL; i++) {
        const json_t *operation = operation_of(api, route);
        const char *role = json_string_value(json_object_get(operation, "x-role"));
        if (!role || strcmp(role, oat_role_name(route->role)) != 0)
            fail_msg("%s: %s: x-role: expected %s", SOURCE, route->path, oat_role_name(route->role));
        if ((json_object_get(operation, "requestBody") != NULL) != (route->body_max_bytes > 0))
            fail_msg("%s: %s: requestBody: the route %s", SOURCE, route->path,
                     route->body_max_bytes > 0 ? "takes one" : "takes none");
    }
}

static void parameters_are_those_of_the_route(void **state)
{
    const json_t *api = *state;
    const struct oat_route *route;
    for (size_t i = 0; (route = oat_route_at(i)) != NULL; i++) {
        const json_t *operation = operation_of(api, route);
        unsigned count = 0;
        for (; route->parameters && route->parameters[count]; count++)
            if (count_parameters(api, operation, "query", route->parameters[count]) != 1)
                fail_msg("%s: %s: add the parameter %s", SOURCE, route->path, route->parameters[count]);
        if (count_parameters(api, operation, "query", NULL) != count)
            fail_msg("%s: %s has parameters that the route does not take", SOURCE, route->path);
        unsigned holes = 0;
        for (const char *at = route->path; (at = strchr(at, '{')) != NULL; at++)
            holes++;
        if (count_parameters(api, operation, "path", NULL) != holes)
            fail_msg("%s: %s: %u parameter(s) of the path expected", SOURCE, route->path, holes);
    }
}

static bool is_route(const char *path, const char *method)
{
    const struct oat_route *route;
    for (size_t i = 0; (route = oat_route_at(i)) != NULL; i++)
        if (strcmp(route->path, path) == 0 && strcmp(method_name(route->method), method) == 0)
            return true;
    return false;
}

static void nothing_else_is_described(void **state)
{
    const char *path, *method;
    json_t *item, *operation;
    json_object_foreach(json_object_get(*state, "paths"), path, item)
        json_object_foreach(item, method, operation) if (!is_route(path, method))
            fail_msg("%s: there is no route %s %s", SOURCE, method, path);
}

static void check_references(const json_t *api, const json_t *node)
{
    const char *key;
    json_t *child;
    size_t i;
    if (json_is_object(node))
        json_object_foreach((json_t *)(uintptr_t)node, key, child)
        {
            if (strcmp(key, "$ref") == 0)
                resolve(api, json_string_value(child));
            check_references(api, child);
        }
    if (json_is_array(node))
        json_array_foreach(node, i, child) check_references(api, child);
}

static void references_lead_somewhere(void **state)
{
    check_references(*state, *state);
}

static void the_version_is_that_of_the_program(void **state)
{
    const json_t *info = json_object_get(*state, "info");
    assert_string_equal(json_string_value(json_object_get(info, "version")), OAT_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_described),
        cmocka_unit_test(parameters_are_those_of_the_route),
        cmocka_unit_test(nothing_else_is_described),
        cmocka_unit_test(references_lead_somewhere),
        cmocka_unit_test(the_version_is_that_of_the_program),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
