#include "httpd/handle_segments.h"

#include <string.h>

#include "format/ids.h"
#include "format/limits.h"
#include "httpd/replicas.h"

#define RANGES_MAX 1000u
#define RETRY_S    5u

const char *const oat_blobs_parameters[] = {"offset", NULL};
const char *const oat_slots_parameters[] = {"offset", "damaged", "ended", NULL};

/* ---- Parsing ----------------------------------------------------------------------------------------- */

/* What a request is about, as numbers: names of files are made of these. */
struct segment {
    uint8_t writer_id[16];
    uint32_t seq;
    uint64_t offset;
    bool is_damaged; /* what is missing is missing where it comes from, too */
    bool has_ended;  /* its writer is dead, and this was the last of it */
};

static bool parse_seq(const char *text, size_t len, uint32_t *ret)
{
    uint64_t number = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(text[i] - '0');
        if (number > UINT32_MAX)
            return false;
    }
    *ret = (uint32_t)number;
    return len > 0;
}

static bool parse(const struct oat_call *call, struct segment *ret, struct oat_answer *answer)
{
    struct oat_query_error error;
    *ret = (struct segment){0};
    if (!oat_hex_parse(call->id, call->id_len, ret->writer_id, sizeof ret->writer_id) ||
        !parse_seq(call->other, call->other_len, &ret->seq)) {
        oat_answer_error(answer, 400, "bad_path",
                         "expected /segments/WRITER/SEQ: 32 hexadecimal digits, a number below 2^32");
        return false;
    }
    if (oat_query_number(call->query, "offset", 0, OAT_BLOBS_FILE_MAX, &ret->offset, &error) &&
        oat_query_bool(call->query, "damaged", &ret->is_damaged, &error) &&
        oat_query_bool(call->query, "ended", &ret->has_ended, &error))
        return true;
    oat_answer_bad_parameter(answer, &error);
    return false;
}

/* ---- Writing ----------------------------------------------------------------------------------------- */

static void put_number(struct oat_json *json, const char *key, uint64_t number)
{
    oat_json_key(json, key);
    oat_json_uint(json, number);
}

static void put_ranges(struct oat_json *json, struct oat_replica_pair *pair)
{
    uint32_t ranges[RANGES_MAX][2];
    unsigned count = pair ? oat_replica_pair_ranges(pair, ranges, RANGES_MAX) : 0;
    oat_json_key(json, "ranges");
    oat_json_array_begin(json);
    for (unsigned i = 0; i < count; i++) {
        oat_json_array_begin(json);
        oat_json_uint(json, ranges[i][0]);
        oat_json_uint(json, ranges[i][1]);
        oat_json_array_end(json);
    }
    oat_json_array_end(json);
}

/* pair NULL: nothing of it is here, or all. */
static void write_answer(const struct segment *segment, const struct oat_replica *replica,
                         struct oat_replica_pair *pair, bool with_ranges, struct oat_answer *answer)
{
    struct oat_json *json = &answer->body;
    oat_json_object_begin(json);
    oat_json_key(json, "writer");
    oat_json_hex(json, segment->writer_id, sizeof segment->writer_id);
    put_number(json, "seq", segment->seq);
    oat_json_key(json, "ended");
    oat_json_bool(json, oat_le32_get(replica->record.flags) & OAT_REPLICA_ENDED);
    bool is_complete = (pair && pair->is_sealed) || oat_replica_has(&replica->record, segment->seq);
    oat_json_key(json, "complete");
    oat_json_bool(json, is_complete);
    if (!is_complete) {
        if (with_ranges)
            put_ranges(json, pair); /* which brings the next up to date */
        put_number(json, "blob_bytes", pair ? pair->known.blob_bytes : 0);
        put_number(json, "slots", pair ? pair->known.slots : 0);
    }
    oat_json_object_end(json);
}

/* ---- Running ----------------------------------------------------------------------------------------- */

typedef bool put_fn(struct oat_replica_pair *pair, const struct segment *segment, const struct oat_call *call,
                    struct oat_answer *answer);

/* Opens the pair, with what the last request has learned of it. */
static bool open_pair(struct oat_replica *replica, const struct segment *segment,
                      struct oat_replica_pair *ret, struct oat_answer *answer)
{
    static const struct oat_replica_known nothing;
    const struct oat_replica_known *known = replica->known_seq == segment->seq ? &replica->known : &nothing;
    return oat_replica_pair_open(ret, replica->dir, segment->writer_id, segment->seq, known, answer);
}

/* Files that parts have taken over are going to be removed. */
static bool is_free(const struct oat_replica *replica, const struct segment *segment,
                    struct oat_answer *answer)
{
    if (!oat_replica_is_consumed(replica, segment->seq))
        return true;
    answer->retry_after_s = RETRY_S;
    oat_answer_error(answer, 503, "compacting", "this pair is just being compacted: send it again");
    return false;
}

static bool is_known(const struct oat_replica *replica, const struct oat_replica_pair *pair)
{
    return pair->known.inode != 0 && pair->known.inode == replica->known.inode;
}

/* All that has to be whole before the pair is answered for. */
static bool put_into(struct oat_replica *replica, const struct segment *segment, const struct oat_call *call,
                     put_fn *put, struct oat_replica_pair *pair, struct oat_answer *answer)
{
    bool done = open_pair(replica, segment, pair, answer) &&
                (is_known(replica, pair) || is_free(replica, segment, answer)) &&
                (pair->is_sealed || put(pair, segment, call, answer)) &&
                (!pair->is_sealed || oat_replica_complete(replica, segment->seq, answer));
    replica->known_seq = segment->seq;
    replica->known = pair->known;
    return done;
}

static void put_segment(const struct oat_call *call, put_fn *put, struct oat_answer *answer)
{
    const char *owner = call->request->caller->name;
    struct segment segment;
    struct oat_replica replica;
    struct oat_replica_pair pair = {.spans_fd = -1, .blobs_fd = -1};
    if (!parse(call, &segment, answer) ||
        !oat_replicas_enter(call->project->replicas, segment.writer_id, owner, &replica, answer))
        return;
    if (oat_replica_renew(&replica, owner, answer) &&
        (oat_replica_has(&replica.record, segment.seq) ||
         put_into(&replica, &segment, call, put, &pair, answer)) &&
        (!segment.has_ended || oat_replica_end(&replica, answer)))
        write_answer(&segment, &replica, &pair, false, answer);
    oat_replica_pair_close(&pair);
    oat_replica_leave(&replica);
    oat_view_expire(call->project->view); /* who reads next sees it */
}

static bool put_blobs(struct oat_replica_pair *pair, const struct segment *segment,
                      const struct oat_call *call, struct oat_answer *answer)
{
    return oat_replica_pair_put_blobs(pair, segment->offset, (const uint8_t *)call->body, call->body_len,
                                      answer);
}

static bool put_spans(struct oat_replica_pair *pair, const struct segment *segment,
                      const struct oat_call *call, struct oat_answer *answer)
{
    uint64_t spans = 0;
    bool done = oat_replica_pair_put_spans(pair, segment->offset, (const uint8_t *)call->body, call->body_len,
                                           segment->is_damaged, &spans, answer);
    oat_project_took_spans(call->project, spans);
    return done;
}

void oat_handle_segment_blobs(const struct oat_call *call, struct oat_answer *answer)
{
    put_segment(call, put_blobs, answer);
}

void oat_handle_segment_spans(const struct oat_call *call, struct oat_answer *answer)
{
    put_segment(call, put_spans, answer);
}

void oat_handle_segment(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_replicas *replicas = call->project->replicas;
    struct segment segment;
    struct oat_replica replica = {0};
    struct oat_replica_pair pair = {.spans_fd = -1, .blobs_fd = -1};
    if (!parse(call, &segment, answer))
        return;
    if (!oat_replicas_have_store(replicas)) {
        write_answer(&segment, &replica, NULL, true, answer);
        return;
    }
    if (!oat_replicas_enter(replicas, segment.writer_id, call->request->caller->name, &replica, answer))
        return;
    if (oat_replica_has(&replica.record, segment.seq)) {
        write_answer(&segment, &replica, NULL, true, answer);
    } else if (open_pair(&replica, &segment, &pair, answer)) {
        write_answer(&segment, &replica, &pair, true, answer);
        replica.known_seq = segment.seq;
        replica.known = pair.known;
    }
    oat_replica_pair_close(&pair);
    oat_replica_leave(&replica);
}
