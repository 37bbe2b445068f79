/* What a client of /ws sends, from bytes to subscriptions: whatever comes, what goes back are whole frames of
 * the server, and what is told is valid JSON. */
#include "fuzz/fuzz.h"

#include "format/json_check.h"
#include "httpd/frames.h"
#include "httpd/subscription.h"

struct peer {
    struct oat_frames *frames;
    size_t sent_bytes;
};

static void on_send(void *arg, const void *bytes, size_t len)
{
    struct peer *peer = arg;
    fuzz_require(bytes != NULL && len > 0);
    peer->sent_bytes += len;
}

static void on_text(void *arg, const char *bytes, size_t len)
{
    struct peer *peer = arg;
    struct oat_subscription subscription;
    struct oat_answer answer = {.request_id = "0123456789abcdef"};
    fuzz_require(len <= OAT_FRAMES_MESSAGE_MAX);
    if (oat_subscription_read(bytes, len, UINT64_C(1700000000000000000), &subscription, &answer)) {
        fuzz_require(subscription.kinds != 0);
        oat_subscription_free(&subscription);
    } else {
        fuzz_require(oat_json_is_valid(answer.body.bytes, answer.body.len));
        oat_frames_text(peer->frames, answer.body.bytes, answer.body.len);
    }
    oat_json_free(&answer.body);
}

/* The first byte says in pieces of how many bytes the others come. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct oat_frames_events events = {.send = on_send, .text = on_text};
    struct peer peer = {.frames = oat_frames_new(&events, &peer)};
    bool goes_on = peer.frames != NULL;
    size_t piece = size > 0 ? (size_t)data[0] + 1 : 1;
    for (size_t at = 1; goes_on && at < size; at += piece)
        goes_on = oat_frames_feed(peer.frames, data + at, size - at < piece ? size - at : piece);
    if (peer.frames && goes_on) {
        size_t before = peer.sent_bytes;
        fuzz_require(oat_frames_text(peer.frames, "{}", 2));
        fuzz_require(peer.sent_bytes == before + 4);
    }
    oat_frames_free(peer.frames);
    return 0;
}
