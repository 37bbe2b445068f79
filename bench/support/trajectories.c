#include "bench/support/trajectories.h"

#include "bench/support/json_walk.h"
#include "bench/support/options.h"
#include "format/hash.h"
#include "format/json_scan.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where conversations lie in a file: members and array elements on the way down to the messages. */
struct source {
    const char *pattern;
    const char *path[4]; /* a member's name, or "*": every element */
};

static const struct source sources[] = {
    {"tau-bench/*.json", {"*", "traj"}},
    {"tau2-bench/*.json", {"simulations", "*", "messages"}},
    {"swe-agent-gpt4/*/*.traj", {"history"}},
    {"autocoderover-gpt4/*/conversation_round*.json", {NULL}},
    {"autocoderover-gpt4/*/debug_agent*.json", {NULL}},
    {"autocoderover-gpt4/*/agent_proxy*.json", {"*"}},
};

#define SEEN_SIZE (1u << 16)

struct loader {
    struct oat_trajectories *t;
    size_t message_room;
    size_t payload_room;
    oat_content_id seen[SEEN_SIZE];
    bool used[SEEN_SIZE];
};

static void *grow(void *v, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return v;
    *room = *room ? *room * 2 : 1024;
    v = realloc(v, *room * size);
    if (!v)
        oat_bench_fail("memory");
    return v;
}

static void add_payload(struct loader *l, const uint8_t *data, size_t len)
{
    struct oat_trajectories *t = l->t;
    t->payload = grow(t->payload, t->payloads, &l->payload_room, sizeof *t->payload);
    t->payload[t->payloads++] = (struct oat_bench_bytes){data, len};
    t->payload_bytes += len;
}

static void add_message(struct loader *l, const uint8_t *data, size_t len)
{
    struct oat_trajectories *t = l->t;
    oat_content_id id = oat_content_id_of(data, len, 0);
    size_t at = (id.b[0] | (size_t)id.b[1] << 8) % SEEN_SIZE;
    for (; l->used[at]; at = (at + 1) % SEEN_SIZE)
        if (memcmp(l->seen[at].b, id.b, sizeof id.b) == 0)
            return;
    l->seen[at] = id;
    l->used[at] = true;
    t->message = grow(t->message, t->messages, &l->message_room, sizeof *t->message);
    t->message[t->messages++] = (struct oat_bench_bytes){data, len};
    t->message_bytes += len;
}

/* A call for each assistant message: all messages before it as an array, and itself. */
static void add_conversation(struct loader *l, const char *text, size_t len, size_t pos)
{
    struct oat_bench_json_walk walk;
    struct oat_bench_json_span m;
    char *all = malloc(len + 2);
    size_t n = 1;
    if (!all)
        oat_bench_fail("memory");
    all[0] = '[';
    if (!oat_bench_json_walk_open(&walk, text, len, pos))
        oat_bench_fail("a list of messages");
    while (oat_bench_json_walk_next(&walk, NULL, &m)) {
        const uint8_t *message = (const uint8_t *)text + m.pos;
        struct oat_bench_json_span role = oat_bench_json_member(text, len, m.pos, "role");
        add_message(l, message, m.len);
        if (role.len == 11 && memcmp(text + role.pos, "\"assistant\"", role.len) == 0) {
            uint8_t *input = malloc(n + 1);
            if (!input)
                oat_bench_fail("memory");
            memcpy(input, all, n);
            input[n] = ']';
            add_payload(l, input, n + 1);
            add_payload(l, message, m.len);
        }
        if (n > 1)
            all[n++] = ',';
        memcpy(all + n, message, m.len);
        n += m.len;
    }
    free(all);
}

static void descend(struct loader *l, const char *text, size_t len, size_t pos, const char *const *path)
{
    struct oat_bench_json_walk walk;
    struct oat_bench_json_span v;
    if (!*path) {
        add_conversation(l, text, len, pos);
    } else if (strcmp(*path, "*") == 0) {
        if (!oat_bench_json_walk_open(&walk, text, len, pos))
            oat_bench_fail("a list");
        while (oat_bench_json_walk_next(&walk, NULL, &v))
            descend(l, text, len, v.pos, path + 1);
    } else {
        v = oat_bench_json_member(text, len, pos, *path);
        if (v.len > 0)
            descend(l, text, len, v.pos, path + 1);
    }
}

static void load_file(struct loader *l, const char *name, const char *const *path)
{
    FILE *f = fopen(name, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0)
        oat_bench_fail(name);
    size_t len = (size_t)ftell(f);
    char *text = malloc(len + 1);
    rewind(f);
    if (!text || fread(text, 1, len, f) != len)
        oat_bench_fail(name);
    fclose(f);
    descend(l, text, len, oat_json_skip_space(text, len, 0), path);
}

bool oat_trajectories_load(struct oat_trajectories *ret)
{
    static struct loader l;
    const char *data = getenv("OAT_TEST_DATA");
    *ret = (struct oat_trajectories){0};
    l.t = ret;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        char pattern[OAT_BENCH_PATH_SIZE];
        glob_t found;
        snprintf(pattern, sizeof pattern, "%s/trajectories/%s", data ? data : "../shared/data",
                 sources[i].pattern);
        if (glob(pattern, 0, NULL, &found) != 0)
            continue;
        for (size_t k = 0; k < found.gl_pathc; k++)
            load_file(&l, found.gl_pathv[k], sources[i].path);
        globfree(&found);
    }
    return ret->messages > 0;
}
