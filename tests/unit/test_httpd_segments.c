/* Pairs of other stores that are sent here: what is taken, what is refused, and what readers see of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/ids.h"
#include "httpd/handle_segments.h"
#include "reader/replica.h"
#include "tests/support/golden_pair.h"
#include "tests/support/run_dir.h"

#define WRITER 0xc1

struct fixture {
    char dir[OAT_RUN_PATH_SIZE];
    struct oat_project project;
    struct golden_pair pair;
    struct oat_answer answer;
    uint64_t payload_at; /* of the output of its span, in .blobs */
};

/* A name, a payload, a span with both, and a span that runs still. */
static void fill(struct fixture *f)
{
    struct golden_pair *p = &f->pair;
    golden_pair_init(p, WRITER, 0);
    struct oat_disk_span span = golden_span(0x11, 0x01, 0), open = golden_span(0x11, 0x02, 0x01);
    f->payload_at = golden_next_offset(p);
    span.output = golden_payload(p, "the answer", 10, 1);
    span.text[OAT_TEXT_NAME] = golden_string(p, "ask", 3);
    golden_slot(p, OAT_SLOT_SPAN, &span);
    open.status = OAT_STATUS_OPEN;
    open.duration_ns = oat_le64_of(0);
    golden_slot(p, OAT_SLOT_OPEN, &open);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    oat_run_dir_make(f->dir);
    fill(f);
    f->project = (struct oat_project){.name = "default", .dir = f->dir};
    f->project.replicas = oat_replicas_new(f->dir);
    *state = f;
    return oat_view_open(f->dir, &f->project.view) == OAT_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    oat_view_close(f->project.view);
    oat_replicas_free(f->project.replicas);
    oat_json_free(&f->answer.body);
    golden_pair_free(&f->pair);
    oat_run_dir_remove(f->dir);
    free(f);
    return 0;
}

/* The daemon was killed, and another one is there. */
static void restart(struct fixture *f)
{
    oat_replicas_free(f->project.replicas);
    f->project.replicas = oat_replicas_new(f->dir);
}

/* ---- Asking ------------------------------------------------------------------------------------------ */

static int ask_as(struct fixture *f, const char *owner, const char *method, const char *path,
                  const char *query, const void *body, size_t len)
{
    struct oat_caller caller = {.role = OAT_ROLE_INGEST, .proof = OAT_PROOF_TOKEN, .project = &f->project};
    const struct oat_admitted headers = {.announces_body = len > 0};
    const struct oat_request request = {
        .method = method,
        .path = path,
        .query = query,
        .headers = &headers,
        .body_len = len,
        .caller = &caller,
        .peer = "",
    };
    struct oat_routed routed;
    snprintf(caller.name, sizeof caller.name, "%s", owner);
    oat_json_free(&f->answer.body);
    f->answer = (struct oat_answer){.status = 0};
    if (oat_route_request(&request, &routed, &f->answer)) {
        oat_route_handle(&routed, NULL, body, len, &f->answer);
        oat_routed_free(&routed);
    }
    return f->answer.status;
}

static const char *path_of(unsigned writer, const char *rest)
{
    static char path[100];
    uint8_t id[16];
    char hex[33];
    memset(id, (int)writer, sizeof id);
    oat_hex_print(id, sizeof id, hex);
    snprintf(path, sizeof path, "/segments/%s/0%s", hex, rest);
    return path;
}

static int put(struct fixture *f, const char *file, const char *query, const void *body, size_t len)
{
    return ask_as(f, "shipper", "PUT", path_of(WRITER, file), query, body, len);
}

static int put_at(struct fixture *f, const char *file, uint64_t from, uint64_t to)
{
    char query[40];
    const uint8_t *bytes = strcmp(file, "/blobs") == 0 ? f->pair.blobs : f->pair.spans;
    snprintf(query, sizeof query, "offset=%llu", (unsigned long long)from);
    return put(f, file, query, bytes + from, to - from);
}

static void assert_says(const struct fixture *f, const char *text)
{
    if (!memmem(f->answer.body.bytes, f->answer.body.len, text, strlen(text)))
        fail_msg("%.*s: no %s", (int)f->answer.body.len, f->answer.body.bytes, text);
}

static void assert_refused(const struct fixture *f, int status, const char *code)
{
    assert_int_equal(f->answer.status, status);
    assert_says(f, code);
}

/* Sends all there is of the pair. */
static void send_all(struct fixture *f)
{
    assert_int_equal(put_at(f, "/blobs", 0, f->pair.blobs_len), 200);
    assert_int_equal(put_at(f, "/spans", 0, f->pair.spans_len), 200);
}

/* ---- What is here ------------------------------------------------------------------------------------ */

static void assert_file(const struct fixture *f, const char *suffix, const uint8_t *bytes, size_t len)
{
    char(*paths)[OAT_RUN_PATH_SIZE];
    uint8_t *here = calloc(1, len + 1);
    assert_int_equal(oat_run_hot_list(f->dir, suffix, &paths), 1);
    int fd = open(paths[0], O_RDONLY);
    assert_int_equal(read(fd, here, len + 1), (ssize_t)len);
    assert_memory_equal(here, bytes, len);
    close(fd);
    free(here);
    free(paths);
}

static enum oat_shown_status status_of_trace(struct fixture *f)
{
    struct oat_lease lease;
    char why[OAT_PROBLEM_TEXT_SIZE];
    oat_trace_list *list;
    oat_view_expire(f->project.view);
    assert_int_equal(oat_view_lease(f->project.view, &lease, why), OAT_OK);
    assert_int_equal(oat_trace_list_open(lease.snapshot, &(oat_trace_query){.limit = 1}, &list), OAT_OK);
    assert_int_equal(oat_trace_list_count(list), 1);
    enum oat_shown_status status = oat_trace_list_get(list, 0)->status;
    assert_int_equal(oat_snapshot_problem_count(lease.snapshot), 0);
    oat_trace_list_close(list);
    oat_view_return(f->project.view, &lease);
    return status;
}

/* Lets the lease of the writer be over since so long. */
static void lapse(struct fixture *f, uint64_t since_ns)
{
    struct oat_disk_replica replica;
    uint8_t id[16];
    char path[OAT_RUN_PATH_SIZE + 60], hex[33];
    int dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY);
    memset(id, WRITER, sizeof id);
    oat_hex_print(id, sizeof id, hex);
    assert_int_equal(oat_replica_read(dir_fd, id, &replica), OAT_OK);
    replica.lease_end_ns = oat_le64_of(oat_replica_now_ns() - since_ns);
    oat_replica_seal(&replica);
    snprintf(path, sizeof path, OAT_REPLICAS_DIR "/%s", hex);
    golden_file(f->dir, path, &replica, sizeof replica);
    close(dir_fd);
}

/* ---- Tests ------------------------------------------------------------------------------------------- */

static void a_pair_arrives_byte_for_byte(void **state)
{
    struct fixture *f = *state;
    golden_durable(&f->pair, f->pair.slots, f->pair.blobs_len, 1);
    golden_seal(&f->pair);
    send_all(f);
    assert_says(f, "\"complete\":true");
    assert_file(f, ".blobs", f->pair.blobs, f->pair.blobs_len);
    assert_file(f, ".spans", f->pair.spans, f->pair.spans_len);
}

static void what_is_sent_again_is_the_same(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++) {
        send_all(f);
        restart(f);
    }
    assert_file(f, ".blobs", f->pair.blobs, f->pair.blobs_len);
    assert_file(f, ".spans", f->pair.spans, f->pair.spans_len);
}

static void one_that_is_asked_for_says_how_far_it_is(void **state)
{
    struct fixture *f = *state;
    uint64_t first = oat_slot_offset(0);
    assert_int_equal(ask_as(f, "shipper", "GET", path_of(WRITER, ""), NULL, NULL, 0), 200);
    assert_says(f, "\"complete\":false,\"ranges\":[],\"blob_bytes\":0,\"slots\":0");
    assert_int_equal(put_at(f, "/blobs", 0, f->pair.blobs_len), 200);
    assert_int_equal(put_at(f, "/spans", 0, OAT_SPANS_HEADER_SIZE), 200);
    assert_int_equal(put_at(f, "/spans", oat_slot_offset(2), oat_slot_offset(3)),
                     200); /* refers to no other */
    restart(f);
    ask_as(f, "shipper", "GET", path_of(WRITER, ""), NULL, NULL, 0);
    assert_says(f, "\"ranges\":[[2,3]]");
    assert_int_equal(put_at(f, "/spans", first, oat_slot_offset(2)), 200);
    ask_as(f, "shipper", "GET", path_of(WRITER, ""), NULL, NULL, 0);
    assert_says(f, "\"ranges\":[],\"blob_bytes\":");
    assert_says(f, "\"slots\":3");
}

static void what_does_not_follow_on_is_refused(void **state)
{
    struct fixture *f = *state;
    put_at(f, "/spans", 0, OAT_SPANS_HEADER_SIZE);
    assert_refused(f, 409, "\"gap\"");
    put_at(f, "/blobs", f->payload_at, f->pair.blobs_len);
    assert_refused(f, 409, "\"gap\"");
    assert_int_equal(put_at(f, "/blobs", 0, f->pair.blobs_len), 200);
    put_at(f, "/spans", oat_slot_offset(0), f->pair.spans_len);
    assert_refused(f, 409, "\"gap\"");
    put_at(f, "/blobs", f->pair.blobs_len + 8, f->pair.blobs_len + 16);
    assert_refused(f, 409, "\"gap\"");
}

static void a_slot_needs_what_it_refers_to(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(put_at(f, "/blobs", 0, OAT_BLOBS_HEADER_SIZE), 200);
    assert_int_equal(put_at(f, "/spans", 0, OAT_SPANS_HEADER_SIZE), 200);
    put_at(f, "/spans", oat_slot_offset(1), oat_slot_offset(2));
    assert_refused(f, 409, "\"missing\"");
    assert_says(f, "slots [0]");
    assert_int_equal(put(f, "/spans", "offset=4352&damaged=true", f->pair.spans + 4352, 256), 200);
}

static void a_page_must_be_true_here(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(put_at(f, "/blobs", 0, f->pair.blobs_len), 200);
    golden_seal(&f->pair);
    put_at(f, "/spans", 0, OAT_SPANS_HEADER_SIZE);
    assert_refused(f, 409, "\"incomplete\"");
    memset(f->pair.spans + OAT_SPANS_SEAL_OFFSET, 0, sizeof(struct oat_disk_seal));
    golden_durable(&f->pair, 3, f->pair.blobs_len + 8, 1);
    put_at(f, "/spans", 0, f->pair.spans_len);
    assert_refused(f, 409, "\"incomplete\"");
    golden_durable(&f->pair, 3, f->pair.blobs_len, 2);
    assert_int_equal(put_at(f, "/spans", 0, f->pair.spans_len), 200);
}

static void other_bytes_in_the_place_of_a_slot_are_refused(void **state)
{
    struct fixture *f = *state;
    struct oat_disk_span other = golden_span(0x12, 0x09, 0);
    send_all(f);
    golden_slot_at(&f->pair, OAT_SLOT_SPAN, &other, 1);
    put_at(f, "/spans", oat_slot_offset(1), oat_slot_offset(2));
    assert_refused(f, 409, "\"other_segment\"");
    f->pair.blobs[f->payload_at + 20] ^= 1;
    put_at(f, "/blobs", f->payload_at, f->pair.blobs_len);
    assert_refused(f, 409, "\"other_segment\"");
}

/* Of each file a bit in turn, in a store that has nothing yet. */
static void every_flipped_bit_is_refused(void **state)
{
    struct fixture *f = *state;
    size_t end = f->pair.blobs_len;
    assert_int_equal(put_at(f, "/blobs", 0, OAT_BLOBS_HEADER_SIZE), 200);
    for (uint64_t at = f->payload_at; at < end; at++) {
        bool is_padding = at >= f->payload_at + 15 + 10;
        f->pair.blobs[at] ^= 1;
        if (!is_padding && put_at(f, "/blobs", OAT_BLOBS_HEADER_SIZE, end) == 200)
            fail_msg("a flip at %llu of .blobs was taken", (unsigned long long)at);
        f->pair.blobs[at] ^= 1;
    }
    assert_int_equal(put_at(f, "/blobs", OAT_BLOBS_HEADER_SIZE, end), 200);
    assert_int_equal(put_at(f, "/spans", 0, OAT_SPANS_HEADER_SIZE), 200);
    for (uint64_t at = oat_slot_offset(0); at < f->pair.spans_len; at++) {
        f->pair.spans[at] ^= 1;
        if (put_at(f, "/spans", oat_slot_offset(0), f->pair.spans_len) == 200)
            fail_msg("a flip at %llu of .spans was taken", (unsigned long long)at);
        f->pair.spans[at] ^= 1;
    }
    assert_int_equal(put_at(f, "/spans", oat_slot_offset(0), f->pair.spans_len), 200);
}

static void names_are_numbers(void **state)
{
    static const char *const paths[] = {
        "/segments/../0/blobs",
        "/segments/c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c/0/blobs",
        "/segments/c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1/4294967296/blobs",
        "/segments/c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1/-1/blobs",
        "/segments/c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1/%2e%2e/blobs",
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        ask_as(f, "", "PUT", paths[i], "offset=0", f->pair.blobs, f->pair.blobs_len);
        assert_refused(f, 400, "\"bad_path\"");
    }
    ask_as(f, "", "PUT", path_of(0xc2, "/blobs"), "offset=0", f->pair.blobs, f->pair.blobs_len);
    assert_refused(f, 422, "\"bad_segment\"");
}

static void a_writer_belongs_to_the_token_that_came_first(void **state)
{
    struct fixture *f = *state;
    send_all(f);
    ask_as(f, "thief", "PUT", path_of(WRITER, "/blobs"), "offset=0", f->pair.blobs, f->pair.blobs_len);
    assert_refused(f, 409, "\"not_yours\"");
    ask_as(f, "thief", "GET", path_of(WRITER, ""), NULL, NULL, 0);
    assert_refused(f, 409, "\"not_yours\"");
    restart(f);
    ask_as(f, "thief", "PUT", path_of(WRITER, "/blobs"), "offset=0", f->pair.blobs, f->pair.blobs_len);
    assert_refused(f, 409, "\"not_yours\"");
}

static void a_store_does_not_take_its_own_pairs(void **state)
{
    struct fixture *f = *state;
    struct oat_disk_store store;
    send_all(f); /* makes the store */
    int fd = open(f->dir, O_RDONLY | O_DIRECTORY), store_fd = openat(fd, "STORE", O_RDONLY);
    assert_int_equal(read(store_fd, &store, sizeof store), (ssize_t)sizeof store);
    close(store_fd);
    close(fd);
    golden_pair_free(&f->pair);
    golden_pair_init(&f->pair, 0xc3, 0);
    memcpy(f->pair.header.store_id, store.store_id, sizeof store.store_id);
    golden_header(&f->pair);
    ask_as(f, "", "PUT", path_of(0xc3, "/blobs"), "offset=0", f->pair.blobs, f->pair.blobs_len);
    assert_refused(f, 409, "\"own_segment\"");
}

static void its_spans_run_until_contact_is_lost_or_its_writer_dead(void **state)
{
    struct fixture *f = *state;
    send_all(f);
    assert_int_equal(status_of_trace(f), OAT_SHOWN_RUNNING);
    lapse(f, 1);
    assert_int_equal(status_of_trace(f), OAT_SHOWN_LOST_CONTACT);
    assert_int_equal(put_at(f, "/spans", 0, OAT_SPANS_HEADER_SIZE), 200);
    assert_int_equal(status_of_trace(f), OAT_SHOWN_RUNNING);
    assert_int_equal(put(f, "/spans", "offset=0&ended=true", f->pair.spans, OAT_SPANS_HEADER_SIZE), 200);
    assert_says(f, "\"ended\":true");
    assert_int_equal(status_of_trace(f), OAT_SHOWN_SUCCESS); /* its root has ended */
}

/* The bytes of an entry that was cut short are not taken for it. */
static void what_a_killed_daemon_had_begun_is_sent_again(void **state)
{
    struct fixture *f = *state;
    char(*paths)[OAT_RUN_PATH_SIZE];
    assert_int_equal(put_at(f, "/blobs", 0, OAT_BLOBS_HEADER_SIZE), 200);
    assert_int_equal(oat_run_hot_list(f->dir, ".blobs", &paths), 1);
    int fd = open(paths[0], O_WRONLY);
    assert_int_equal(pwrite(fd, f->pair.blobs + f->payload_at, 18, (off_t)f->payload_at), 18);
    close(fd);
    free(paths);
    restart(f);
    ask_as(f, "shipper", "GET", path_of(WRITER, ""), NULL, NULL, 0);
    assert_says(f, "\"blob_bytes\":256,");
    assert_int_equal(put_at(f, "/blobs", OAT_BLOBS_HEADER_SIZE, f->pair.blobs_len), 200);
    assert_int_equal(put_at(f, "/spans", 0, f->pair.spans_len), 200);
    assert_file(f, ".blobs", f->pair.blobs, f->pair.blobs_len);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pair_arrives_byte_for_byte),
        TEST(what_is_sent_again_is_the_same),
        TEST(one_that_is_asked_for_says_how_far_it_is),
        TEST(what_does_not_follow_on_is_refused),
        TEST(a_slot_needs_what_it_refers_to),
        TEST(a_page_must_be_true_here),
        TEST(other_bytes_in_the_place_of_a_slot_are_refused),
        TEST(every_flipped_bit_is_refused),
        TEST(names_are_numbers),
        TEST(a_writer_belongs_to_the_token_that_came_first),
        TEST(a_store_does_not_take_its_own_pairs),
        TEST(its_spans_run_until_contact_is_lost_or_its_writer_dead),
        TEST(what_a_killed_daemon_had_begun_is_sent_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
