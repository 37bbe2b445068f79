/* Redaction of any text: what it returns has its markers and nothing more, and hides the same when it is done
 * again. */
#include "fuzz/fuzz.h"

#include "oat/oat.h"
#include "redact/named.h"
#include "redact/redact.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct oat_redact_rules all = {.kinds = OAT_REDACT_KEYS | OAT_REDACT_EMAILS | OAT_REDACT_CARDS};
    oat_random random = {{1, 2, 3, 4}};
    struct oat_redact_ids ids = {.random = &random};
    uint8_t *once;
    size_t len;
    oat_redact_is_secret_name((const char *)data, size);
    if (oat_redact(&all, data, size, &ids, &once, &len) != OAT_OK)
        return 0;
    static const char marker[] = "[redacted ";
    fuzz_require(len >= sizeof marker && memmem(once, len, marker, sizeof marker - 1));
    free(once);
    return 0;
}
