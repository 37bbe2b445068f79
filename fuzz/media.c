/* Headers of media files: whatever they say is read within the bytes there are, and what comes out is in its
 * bounds. */
#include "fuzz/fuzz.h"

#include "oat/media.h"
#include "oat/oat.h"

#include <ctype.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const models[] = {"gpt-4o", "o4-mini", "claude-opus-4-1", "gemini-2.5-pro", "pixtral"};
    oat_media_info info;
    uint64_t tokens;
    if (oat_media_describe(data, size, &info) != OAT_OK)
        return 0;
    fuzz_require(info.kind >= OAT_MEDIA_IS_IMAGE && info.kind <= OAT_MEDIA_IS_VIDEO && info.type);
    fuzz_require(memchr(info.codec, '\0', sizeof info.codec) != NULL);
    for (const char *c = info.codec; *c; c++)
        fuzz_require(isprint((unsigned char)*c));
    fuzz_require(info.width <= INT32_MAX && info.height <= INT32_MAX);
    fuzz_require(info.kind != OAT_MEDIA_IS_IMAGE || (info.width > 0 && info.height > 0));
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (oat_media_estimate_tokens(models[i], &info, OAT_MEDIA_DETAIL_AUTO, &tokens) == OAT_OK)
            fuzz_require(tokens > 0 && tokens < UINT64_MAX);
    return 0;
}
