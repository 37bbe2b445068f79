/* The book of alerts that an earlier run has left: any text is read or refused; what was read can be written,
 * and reads as the same. */
#include "fuzz/fuzz.h"

#include "httpd/alert_book.h"

#include <stdlib.h>
#include <string.h>

static char *text_of(const struct oat_alert_book *book, size_t *ret_len)
{
    struct oat_json json = {0};
    oat_alert_book_write(book, &json);
    return oat_json_take(&json, ret_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct oat_alert_rule all[] = {
        {.name = "dear", .project = "default", .by_count = 1, .webhooks = 1, .threshold = 1, .resolve = 1},
        {.name = "slow", .project = "default", .for_ns = 1, .no_data = OAT_NO_DATA_FIRE},
    };
    const struct oat_alert_rules rules = {
        .all = all, .count = 2, .webhooks = {{.name = "ops"}}, .webhook_count = 1};
    struct oat_alert_book *book = oat_alert_book_new(&rules, "default"),
                          *again = oat_alert_book_new(&rules, "default");
    size_t len, len_again;
    fuzz_require(book && again);
    if (oat_alert_book_read(book, (const char *)data, size)) {
        char *text = text_of(book, &len);
        fuzz_require(oat_alert_book_read(again, text, len));
        char *text_again = text_of(again, &len_again);
        fuzz_require(len == len_again && memcmp(text, text_again, len) == 0);
        free(text);
        free(text_again);
    }
    oat_alert_book_next(book, 0);
    for (size_t i = 0; i < book->standing_count; i++)
        oat_alert_book_enter(book, &book->standings[i], NULL, 0, UINT64_C(1795365296000000000));
    oat_alert_book_free(book);
    oat_alert_book_free(again);
    return 0;
}
