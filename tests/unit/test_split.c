#include "writer/split.h"

#include "format/base64.h"
#include "tests/support/blob_fixture.h"
#include "tests/support/unit.h"

#define PIECES_MAX 4096u

static struct oat_cutter cutter;

/* Splits and checks that the pieces lie end to end, cover the text and keep to their sizes. */
static size_t split(const void *text, size_t len, struct oat_piece *ret)
{
    struct oat_split s;
    size_t n = 0, pos = 0;
    /* A copy of the exact size: ASan sees a look behind its end. */
    char *copy = malloc(len + !len);
    memcpy(copy, text, len);
    oat_split_start(&s, &cutter, copy, len);
    while (n < PIECES_MAX && oat_split_next(&s, &ret[n])) {
        assert_int_equal(ret[n].pos, pos);
        assert_true(ret[n].len > 0);
        if (ret[n].kind == OAT_PIECE_CHUNK)
            assert_true(ret[n].len <= OAT_CUT_MAX);
        if (ret[n].kind == OAT_PIECE_LITERAL)
            assert_true(ret[n].len < OAT_SPLIT_LITERAL_MAX);
        pos += ret[n++].len;
    }
    assert_int_equal(pos, len);
    free(copy);
    return n;
}

static bool has_piece(const char *text, const struct oat_piece *piece, size_t n, const char *wanted)
{
    for (size_t i = 0; i < n; i++)
        if (piece[i].len == strlen(wanted) && memcmp(text + piece[i].pos, wanted, piece[i].len) == 0)
            return piece[i].kind == OAT_PIECE_CHUNK;
    return false;
}

#define MESSAGE_A "{\"role\":\"user\",\"content\":\"what, [is] {this}?\"}"
#define MESSAGE_B "{\"role\":\"assistant\",\"content\":\"a \\\"test\\\" ]}\"}"

static void messages_are_pieces_of_their_own(void **state)
{
    (void)state;
    static const char *const text[] = {
        "[" MESSAGE_A "," MESSAGE_B "]",
        " [\n  " MESSAGE_A ",\n  " MESSAGE_B "\n]\n",
        "{\"model\":\"m\",\"messages\":[" MESSAGE_A ", " MESSAGE_B "],\"temperature\":0}",
        "{\"input\":[" MESSAGE_A "],\"n\":1,\"contents\": [1, " MESSAGE_B "]}",
        "[" MESSAGE_A "," MESSAGE_B,
        "[" MESSAGE_A ",null,[]," MESSAGE_B ",{\"unfinished\": \"",
    };
    struct oat_piece piece[32];
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        /* Too small an object is one piece: there is more than this behind the first brace. */
        struct oat_test_text t = {0};
        bool object = text[i][0] == '{';
        if (object)
            oat_test_text_add(&t, "{\"prompt\":\"%01000d\",", 0);
        oat_test_text_add(&t, "%s", text[i] + object);
        size_t n = split(t.v, t.len, piece);
        assert_true(has_piece(t.v, piece, n, MESSAGE_A));
        assert_true(has_piece(t.v, piece, n, MESSAGE_B));
        free(t.v);
    }
}

static void a_payload_without_messages_is_one_piece(void **state)
{
    (void)state;
    static const char *const text[] = {"x",
                                       "[]",
                                       "{}",
                                       "plain text",
                                       "[1,2,3]",
                                       MESSAGE_A,
                                       "{\"messages\":\"none\"}",
                                       "{\"a\":{\"messages\":[" MESSAGE_A "]}}",
                                       "{\"messages\":[]}",
                                       "   ",
                                       "{\"a\"",
                                       "[,"};
    struct oat_piece piece[8];
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        assert_int_equal(split(text[i], strlen(text[i]), piece), 1);
    assert_int_equal(split("", 0, piece), 0);
}

static void long_system_prompts_and_tools_are_pieces(void **state)
{
    (void)state;
    struct oat_piece piece[16];
    struct oat_test_text prompt = {0}, t = {0};
    oat_test_text_add(&prompt, "\"%0600d\"", 7);
    oat_test_text_add(&t, "{\"model\":\"m\",\"system\":%.*s,\"messages\":[" MESSAGE_A "],\"tools\":[%.*s]}",
                      (int)prompt.len, prompt.v, (int)prompt.len, prompt.v);
    size_t n = split(t.v, t.len, piece);
    assert_true(has_piece(t.v, piece, n, prompt.v));
    assert_int_equal(piece[n - 2].len, prompt.len + 2);
    free(prompt.v);
    free(t.v);
}

static void large_messages_are_cut_by_content(void **state)
{
    (void)state;
    static struct oat_piece piece[PIECES_MAX], alone[PIECES_MAX];
    uint64_t seed = 3;
    struct oat_test_text message = {0}, t = {0};
    oat_test_text_add(&message, "{\"content\":\"");
    for (size_t i = 0; i < 20000; i++)
        oat_test_text_add(&message, "%llx ", (unsigned long long)oat_run_next(&seed) & 0xffff);
    oat_test_text_add(&message, "\"}");
    oat_test_text_add(&t, "[" MESSAGE_A ",%.*s]", (int)message.len, message.v);
    size_t n = split(message.v, message.len, alone);
    size_t m = split(t.v, t.len, piece);
    assert_true(n > 5);
    assert_int_equal(m, n + 4);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(piece[3 + i].len, alone[i].len);
    free(message.v);
    free(t.v);
}

static void a_split_goes_on_where_a_shorter_text_ended(void **state)
{
    (void)state;
    static const char *const head[] = {"[", "{\"model\":\"m\",\"messages\":[" MESSAGE_A ","};
    static const char *const tail[] = {"]",
                                       "],\"tools\":[{\"name\":\"calculator\",\"description\":\"adds\"}]}"};
    for (size_t k = 0; k < 2; k++) {
        uint64_t seed = 4;
        struct oat_test_text t = {0};
        struct oat_split s, kept = {0};
        struct oat_piece p, q;
        oat_test_text_add(&t, "%s", head[k]);
        for (size_t turn = 0; turn < 20; turn++) {
            oat_test_text_add(&t, "%s", turn ? "," : "");
            oat_test_text_add_message(&t, &seed, turn);
            size_t len = t.len;
            oat_test_text_add(&t, "%s", tail[k]);
            if (turn > 0) {
                size_t at = kept.pos;
                struct oat_split fresh;
                oat_split_resume(&kept, t.v, t.len);
                oat_split_start(&fresh, &cutter, t.v, t.len);
                while (fresh.pos < at)
                    assert_true(oat_split_next(&fresh, &p));
                assert_int_equal(fresh.pos, at);
                while (oat_split_next(&fresh, &p)) {
                    assert_true(oat_split_next(&kept, &q));
                    assert_int_equal(p.pos, q.pos);
                    assert_int_equal(p.len, q.len);
                    assert_int_equal(p.kind, q.kind);
                    assert_int_equal(p.ends_element, q.ends_element);
                }
                assert_false(oat_split_next(&kept, &q));
            }
            oat_split_start(&s, &cutter, t.v, t.len);
            while (oat_split_next(&s, &p))
                if (p.ends_element)
                    kept = s;
            t.len = len;
        }
        free(t.v);
    }
}

static void any_bytes_are_covered(void **state)
{
    (void)state;
    static const char *const token[] = {
        "[",           "]", "{",       "}", ",",    ":",        "\"", "\\", "\"messages\"",
        "\"input\":[", " ", MESSAGE_A, "1", "null", ";base64,", "\n"};
    static struct oat_piece piece[PIECES_MAX];
    uint64_t seed = 5;
    for (size_t round = 0; round < 3000; round++) {
        struct oat_test_text t = {0};
        char bytes[1500];
        memset(bytes, 'A', sizeof bytes);
        for (uint64_t n = oat_run_next(&seed) % 40; n > 0; n--) {
            uint64_t r = oat_run_next(&seed);
            if (r % 17 == 16)
                oat_test_text_add_bytes(&t, bytes, (r >> 8) % sizeof bytes);
            else
                oat_test_text_add(&t, "%s", token[r % 17]);
        }
        split(t.v ? t.v : "", t.len, piece);
        free(t.v);
    }
}

static int set_up(void **state)
{
    (void)state;
    oat_cutter_init(&cutter);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_pieces_of_their_own),
        cmocka_unit_test(a_payload_without_messages_is_one_piece),
        cmocka_unit_test(long_system_prompts_and_tools_are_pieces),
        cmocka_unit_test(large_messages_are_cut_by_content),
        cmocka_unit_test(a_split_goes_on_where_a_shorter_text_ended),
        cmocka_unit_test(any_bytes_are_covered),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
