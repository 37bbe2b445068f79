/* Who sends a request, and what he may: every route, every role, two projects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "access/tokens_change.h"
#include "format/ids.h"
#include "httpd/router.h"
#include "tests/support/run_writer.h"

#define SECRET_OF_OURS   "gingerbread" /* in everything that project "ours" holds */
#define SECRET_OF_THEIRS "marzipan"

/* Two projects, a token of each role for each of them, and the gate before them. */
static struct {
    char dirs[2][OAT_RUN_PATH_SIZE], tokens[OAT_RUN_PATH_SIZE + 20];
    struct oat_project_options options[2];
    struct oat_project projects[2];
    char trace_ids[2][33], span_ids[2][17];
    char secrets[2][OAT_ROLE_COUNT][OAT_SECRET_SIZE];
    struct oat_gate *gate;
} world;

static const char *const project_names[] = {"ours", "theirs"};

/* ---- Set-up -------------------------------------------------------------------------------------- */

static void write_trace(const char *dir, const char *secret, char trace_hex[33], char span_hex[17])
{
    oat_config config;
    oat_tracer *tracer;
    oat_config_init(&config);
    config.data_dir = dir;
    config.service = secret;
    assert_int_equal(oat_tracer_open(&config, &tracer), OAT_OK);
    oat_span *span = oat_span_start(tracer, OAT_LLM, secret);
    oat_span_context context = oat_span_get_context(span);
    oat_span_set_text(span, OAT_TEXT_USER, secret, OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_SESSION, secret, OAT_NUL);
    oat_span_set_input(span, secret, OAT_NUL, "text/plain");
    oat_hex_print(context.trace_id, 16, trace_hex);
    oat_hex_print(context.span_id, 8, span_hex);
    oat_span_end(span);
    oat_tracer_close(tracer);
}

static void add_token(const char *name, enum oat_role role, const char *project, char secret[OAT_SECRET_SIZE])
{
    char why[OAT_TOKENS_WHY_SIZE];
    struct oat_token token = {.role = role, .created = "2026-11-23T05:00:00Z"};
    snprintf(token.name, sizeof token.name, "%s", name);
    snprintf(token.project, sizeof token.project, "%s", project);
    assert_true(oat_secret_new(OAT_TOKEN_PREFIX, secret));
    assert_true(oat_secret_hash(secret, strlen(secret), token.hash));
    if (oat_tokens_add(world.tokens, &token, why) != OAT_OK)
        fail_msg("%s", why);
}

static void add_tokens_of(unsigned project)
{
    for (unsigned role = OAT_ROLE_READ; role < OAT_ROLE_COUNT; role++) {
        char name[OAT_NAME_SIZE];
        snprintf(name, sizeof name, "%s-%s", project_names[project], oat_role_name((enum oat_role)role));
        add_token(name, (enum oat_role)role, project_names[project], world.secrets[project][role]);
    }
}

static bool open_gate(double requests_per_s)
{
    const struct oat_gate_options options = {
        .tokens_path = world.tokens,
        .projects = world.projects,
        .project_count = 2,
        .requests_per_s = requests_per_s,
    };
    return oat_gate_open(&options, &world.gate);
}

static int set_up_without_tokens(void **state)
{
    (void)state;
    memset(&world, 0, sizeof world);
    for (unsigned i = 0; i < 2; i++) {
        oat_run_dir_make(world.dirs[i]);
        write_trace(world.dirs[i], i == 0 ? SECRET_OF_OURS : SECRET_OF_THEIRS, world.trace_ids[i],
                    world.span_ids[i]);
        world.options[i].dir = world.dirs[i];
        snprintf(world.options[i].name, sizeof world.options[i].name, "%s", project_names[i]);
        if (!oat_project_open(&world.projects[i], &world.options[i], NULL))
            return -1;
    }
    snprintf(world.tokens, sizeof world.tokens, "%s/tokens", world.dirs[0]);
    return 0;
}

static int set_up(void **state)
{
    if (set_up_without_tokens(state) != 0)
        return -1;
    add_tokens_of(0);
    add_tokens_of(1);
    return open_gate(0) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    oat_gate_close(world.gate);
    for (unsigned i = 0; i < 2; i++) {
        oat_project_close(&world.projects[i]);
        oat_run_dir_remove(world.dirs[i]);
    }
    return 0;
}

/* ---- Requests ------------------------------------------------------------------------------------ */

/* What identifies a caller; NULL: nothing. */
struct proof {
    const char *secret, *cookie, *origin;
};

/* The caller frees the answer's body. */
static struct oat_answer ask(struct proof proof, const char *method, const char *path, const char *body)
{
    struct oat_answer answer = {.request_id = "0123456789abcdef"};
    char authorization[OAT_SECRET_SIZE + 10];
    struct oat_caller caller;
    struct oat_routed routed;
    struct oat_lease lease;
    char why[OAT_PROBLEM_TEXT_SIZE];
    const struct oat_admitted headers = {
        .host = "localhost:8787",
        .origin = proof.origin,
        .cookie = proof.cookie,
        .authorization = proof.secret ? authorization : NULL,
        .changes = strcmp(method, "GET") != 0,
        .announces_body = body != NULL,
    };
    snprintf(authorization, sizeof authorization, "Bearer %s", proof.secret ? proof.secret : "");
    if (!oat_gate_enter(world.gate, &headers, "192.0.2.7", &caller, &answer))
        return answer;
    const struct oat_request request = {
        .method = method,
        .path = path,
        .headers = &headers,
        .body_len = body ? strlen(body) : 0,
        .caller = &caller,
        .peer = "192.0.2.7",
        .gate = world.gate,
    };
    if (!oat_route_request(&request, &routed, &answer))
        return answer;
    assert_int_equal(oat_view_lease(caller.project->view, &lease, why), OAT_OK);
    oat_route_handle(&routed, &lease, body, request.body_len, &answer);
    if (answer.stream)
        answer.stream->free(answer.stream);
    oat_view_return(caller.project->view, &lease);
    oat_routed_free(&routed);
    return answer;
}

static int status_of(struct proof proof, const char *method, const char *path)
{
    struct oat_answer answer = ask(proof, method, path, NULL);
    oat_json_free(&answer.body);
    return answer.status;
}

static const char *method_name(enum oat_method method)
{
    return method == OAT_GET ? "GET" : method == OAT_POST ? "POST" : method == OAT_PUT ? "PUT" : "DELETE";
}

/* A route's path with id for its first {}, "x" for the others. */
static void fill_path(const char *route_path, const char *id, char *ret, size_t size)
{
    size_t len = 0;
    for (const char *at = route_path; *at && len + 1 < size;) {
        if (*at != '{') {
            ret[len++] = *at++;
            continue;
        }
        len += (size_t)snprintf(ret + len, size - len, "%s", id);
        at += strcspn(at, "}") + 1;
        id = "x";
    }
    ret[len] = '\0';
}

/* ---- Roles --------------------------------------------------------------------------------------- */

static void every_route_is_for_its_roles_only(void **state)
{
    (void)state;
    const struct oat_route *route;
    for (size_t i = 0; (route = oat_route_at(i)) != NULL; i++)
        for (unsigned role = OAT_ROLE_NONE; role < OAT_ROLE_COUNT; role++) {
            char path[100];
            struct proof proof = {.secret = role == OAT_ROLE_NONE ? NULL : world.secrets[0][role]};
            fill_path(route->path, "0123456789abcdef0123456789abcdef", path, sizeof path);
            struct oat_answer answer = ask(proof, method_name(route->method), path, NULL);
            bool refused = answer.status == 401 || answer.status == 403;
            bool may = oat_role_may((enum oat_role)role, route->role);
            if (refused == may)
                fail_msg("%s %s as %s: %d", method_name(route->method), path,
                         oat_role_name((enum oat_role)role), answer.status);
            if (!may)
                assert_int_equal(answer.status, role == OAT_ROLE_NONE ? 401 : 403);
            oat_json_free(&answer.body);
        }
}

static bool holds(const struct oat_json *body, const char *text)
{
    return body->len > 0 && memmem(body->bytes, body->len, text, strlen(text)) != NULL;
}

/* Asks a route as somebody of theirs for something of ours. */
static void assert_keeps_ours(const struct oat_route *route, enum oat_role role, const char *id)
{
    char path[100];
    fill_path(route->path, id, path, sizeof path);
    const char *body = route->body_max_bytes > 0 ? "{}" : NULL;
    struct oat_answer answer =
        ask((struct proof){.secret = world.secrets[1][role]}, method_name(route->method), path, body);
    bool is_missing = answer.status == 404 || answer.status == 403 || answer.status == 400;
    if (strchr(route->path, '{') && route->role != OAT_ROLE_NONE && !is_missing)
        fail_msg("%s %s as %s: %d", method_name(route->method), path, oat_role_name(role), answer.status);
    if (holds(&answer.body, SECRET_OF_OURS))
        fail_msg("%s %s tells what is in another project", method_name(route->method), path);
    oat_json_free(&answer.body);
}

static void no_route_tells_of_another_project(void **state)
{
    (void)state;
    const struct oat_route *route;
    for (size_t i = 0; (route = oat_route_at(i)) != NULL; i++)
        for (unsigned role = OAT_ROLE_READ; role < OAT_ROLE_COUNT; role++) {
            assert_keeps_ours(route, (enum oat_role)role, world.trace_ids[0]);
            assert_keeps_ours(route, (enum oat_role)role, world.span_ids[0]);
        }
}

static void an_id_is_found_in_its_own_project_only(void **state)
{
    (void)state;
    char path[100];
    snprintf(path, sizeof path, "/traces/%s", world.trace_ids[0]);
    struct oat_answer answer =
        ask((struct proof){.secret = world.secrets[0][OAT_ROLE_READ]}, "GET", path, NULL);
    assert_int_equal(answer.status, 200);
    assert_true(holds(&answer.body, SECRET_OF_OURS));
    oat_json_free(&answer.body);
    assert_int_equal(status_of((struct proof){.secret = world.secrets[1][OAT_ROLE_READ]}, "GET", path), 404);
}

/* ---- Tokens -------------------------------------------------------------------------------------- */

static void wrong_tokens_are_refused_and_soon_too_many(void **state)
{
    (void)state;
    char wrong[OAT_SECRET_SIZE];
    assert_true(oat_secret_new(OAT_TOKEN_PREFIX, wrong));
    assert_int_equal(status_of((struct proof){.secret = wrong}, "GET", "/health"), 401);
    int status = 0;
    for (unsigned i = 0; i < 100 && status != 429; i++)
        status = status_of((struct proof){.secret = i % 2 ? wrong : ""}, "GET", "/traces");
    assert_int_equal(status, 429);
    struct proof right = {.secret = world.secrets[0][OAT_ROLE_READ]};
    assert_int_equal(status_of(right, "GET", "/traces"), 200);
}

static void other_schemes_than_bearer_are_refused(void **state)
{
    (void)state;
    static const char *const others[] = {"Basic b2F0OnBhc3M=", "Bearer", "", "oat_abc"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const struct oat_admitted headers = {.host = "localhost", .authorization = others[i]};
        struct oat_answer answer = {0};
        struct oat_caller caller;
        assert_false(oat_gate_identify(world.gate, &headers, "", &caller, &answer));
        assert_int_equal(answer.status, 401);
        oat_json_free(&answer.body);
    }
}

/* The file is looked at every 250 ms. */
static void await_status(struct proof proof, const char *path, int status)
{
    for (unsigned i = 0; i < 400; i++) {
        if (status_of(proof, "GET", path) == status)
            return;
        oat_run_sleep_ms(25);
    }
    fail_msg("%s is not answered with %d", path, status);
}

static void tokens_come_and_go_while_it_runs(void **state)
{
    (void)state;
    char late[OAT_SECRET_SIZE], why[OAT_TOKENS_WHY_SIZE];
    struct proof revoked = {.secret = world.secrets[0][OAT_ROLE_READ]};
    add_token("late", OAT_ROLE_READ, "ours", late);
    await_status((struct proof){.secret = late}, "/traces", 200);
    assert_int_equal(status_of(revoked, "GET", "/traces"), 200);
    assert_int_equal(oat_tokens_revoke(world.tokens, "ours-read", why), OAT_OK);
    await_status(revoked, "/traces", 401);
}

static void a_broken_file_changes_nothing(void **state)
{
    (void)state;
    struct proof proof = {.secret = world.secrets[0][OAT_ROLE_READ]};
    int fd = open(world.tokens, O_WRONLY | O_APPEND);
    assert_true(write(fd, "nonsense\n", 9) == 9);
    close(fd);
    oat_run_sleep_ms(300);
    assert_int_equal(status_of(proof, "GET", "/traces"), 200);
    assert_int_equal(status_of((struct proof){0}, "GET", "/traces"), 401);
}

static void a_file_that_vanishes_lets_nobody_in(void **state)
{
    (void)state;
    struct proof proof = {.secret = world.secrets[0][OAT_ROLE_READ]};
    assert_int_equal(unlink(world.tokens), 0);
    await_status(proof, "/traces", 401);
    assert_int_equal(status_of((struct proof){0}, "GET", "/traces"), 401);
}

static void a_token_of_a_project_that_is_not_here_is_refused(void **state)
{
    (void)state;
    char secret[OAT_SECRET_SIZE];
    add_token("lost", OAT_ROLE_ADMIN, "elsewhere", secret);
    await_status((struct proof){.secret = secret}, "/traces", 403);
}

static void without_a_file_everybody_is_let_in_until_there_is_one(void **state)
{
    (void)state;
    char secret[OAT_SECRET_SIZE];
    assert_true(open_gate(0));
    assert_int_equal(status_of((struct proof){0}, "GET", "/traces"), 200);
    assert_int_equal(status_of((struct proof){.secret = "anything"}, "GET", "/traces"), 200);
    add_token("first", OAT_ROLE_READ, "ours", secret);
    await_status((struct proof){0}, "/traces", 401);
    assert_int_equal(status_of((struct proof){.secret = secret}, "GET", "/traces"), 200);
}

static void where_tokens_are_needed_there_has_to_be_one(void **state)
{
    (void)state;
    struct oat_gate_options options = {
        .tokens_path = world.tokens,
        .tokens_needed = true,
        .projects = world.projects,
        .project_count = 2,
    };
    assert_false(oat_gate_open(&options, &world.gate));
    char secret[OAT_SECRET_SIZE], why[OAT_TOKENS_WHY_SIZE];
    add_token("first", OAT_ROLE_READ, "ours", secret);
    assert_true(oat_gate_open(&options, &world.gate));
    assert_int_equal(oat_tokens_revoke(world.tokens, "first", why), OAT_OK);
    await_status((struct proof){.secret = secret}, "/traces", 401);
}

/* How many of 20 requests at once are taken. */
static unsigned taken_of(struct proof proof)
{
    unsigned taken = 0;
    for (unsigned i = 0; i < 20; i++)
        taken += status_of(proof, "GET", "/health") == 200;
    return taken;
}

static void a_client_that_sends_too_much_keeps_nobody_else_waiting(void **state)
{
    (void)state;
    oat_gate_close(world.gate);
    assert_true(open_gate(0.1));
    assert_in_range(taken_of((struct proof){.secret = world.secrets[0][OAT_ROLE_READ]}), 1, 3);
    assert_in_range(taken_of((struct proof){.secret = world.secrets[0][OAT_ROLE_ADMIN]}), 1, 3);
    assert_in_range(taken_of((struct proof){0}), 1, 3);
}

/* ---- Sessions ------------------------------------------------------------------------------------ */

/* What a browser would send after it logged in with a token. */
static void log_in(const char *secret, char ret_cookie[200])
{
    char body[OAT_SECRET_SIZE + 20];
    snprintf(body, sizeof body, "{\"token\":\"%s\"}", secret);
    struct oat_answer answer = ask((struct proof){0}, "POST", "/login", body);
    assert_int_equal(answer.status, 200);
    assert_false(holds(&answer.body, secret));
    oat_json_free(&answer.body);
    assert_non_null(strstr(answer.set_cookie, "; HttpOnly"));
    assert_non_null(strstr(answer.set_cookie, "; SameSite=Strict"));
    snprintf(ret_cookie, 200, "theme=dark; %.*s", (int)strcspn(answer.set_cookie, ";"), answer.set_cookie);
}

static void a_session_may_what_its_token_may(void **state)
{
    (void)state;
    char cookie[200], why[OAT_TOKENS_WHY_SIZE];
    log_in(world.secrets[1][OAT_ROLE_READ], cookie);
    struct proof proof = {.cookie = cookie};
    struct oat_answer answer = ask(proof, "GET", "/me", NULL);
    assert_true(holds(&answer.body, "\"project\":\"theirs\""));
    assert_true(holds(&answer.body, "\"role\":\"read\""));
    assert_true(holds(&answer.body, "\"authenticated_by\":\"session\""));
    oat_json_free(&answer.body);
    assert_int_equal(oat_tokens_revoke(world.tokens, "theirs-read", why), OAT_OK);
    await_status(proof, "/me", 401);
}

static void logging_out_ends_a_session(void **state)
{
    (void)state;
    char cookie[200];
    log_in(world.secrets[0][OAT_ROLE_READ], cookie);
    struct proof proof = {.cookie = cookie, .origin = "http://localhost:8787"};
    assert_int_equal(status_of(proof, "GET", "/me"), 200);
    assert_int_equal(status_of(proof, "POST", "/logout"), 200);
    assert_int_equal(status_of(proof, "GET", "/me"), 401);
}

static void a_cookie_changes_nothing_for_other_sites(void **state)
{
    (void)state;
    char cookie[200];
    log_in(world.secrets[0][OAT_ROLE_ADMIN], cookie);
    assert_int_equal(status_of((struct proof){.cookie = cookie}, "POST", "/logout"), 403);
    struct proof foreign = {.cookie = cookie, .origin = "http://evil.example"};
    assert_int_equal(status_of(foreign, "POST", "/logout"), 403);
    assert_int_equal(status_of((struct proof){.cookie = cookie}, "GET", "/me"), 200);
}

static void wrong_logins_are_few(void **state)
{
    (void)state;
    int status = 0;
    for (unsigned i = 0; i < 20; i++) {
        struct oat_answer answer = ask((struct proof){0}, "POST", "/login", "{\"token\":\"oat_guess\"}");
        assert_true(answer.status == 401 || answer.status == 429);
        assert_string_equal(answer.set_cookie, "");
        status = answer.status;
        oat_json_free(&answer.body);
    }
    assert_int_equal(status, 429);
}

static void a_login_without_a_token_is_explained(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "{}", "[]", "{\"token\":7}", "{\"token\":\"\"}", "{\"token\":\"x\""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct oat_answer answer = ask((struct proof){0}, "POST", "/login", bad[i]);
        assert_int_equal(answer.status, 400);
        oat_json_free(&answer.body);
    }
}

#define GATE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define OPEN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_without_tokens, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        GATE_TEST(every_route_is_for_its_roles_only),
        GATE_TEST(no_route_tells_of_another_project),
        GATE_TEST(an_id_is_found_in_its_own_project_only),
        GATE_TEST(wrong_tokens_are_refused_and_soon_too_many),
        GATE_TEST(other_schemes_than_bearer_are_refused),
        GATE_TEST(tokens_come_and_go_while_it_runs),
        GATE_TEST(a_broken_file_changes_nothing),
        GATE_TEST(a_file_that_vanishes_lets_nobody_in),
        GATE_TEST(a_token_of_a_project_that_is_not_here_is_refused),
        OPEN_TEST(without_a_file_everybody_is_let_in_until_there_is_one),
        OPEN_TEST(where_tokens_are_needed_there_has_to_be_one),
        GATE_TEST(a_client_that_sends_too_much_keeps_nobody_else_waiting),
        GATE_TEST(a_session_may_what_its_token_may),
        GATE_TEST(logging_out_ends_a_session),
        GATE_TEST(a_cookie_changes_nothing_for_other_sites),
        GATE_TEST(wrong_logins_are_few),
        GATE_TEST(a_login_without_a_token_is_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
