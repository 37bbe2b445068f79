#include "format/names.h"

#include <string.h>
#include <strings.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char *const span_types[] = {
    [OAT_AGENT] = "agent",         [OAT_LLM] = "llm",
    [OAT_TOOL] = "tool",           [OAT_RETRIEVAL] = "retrieval",
    [OAT_GUARDRAIL] = "guardrail", [OAT_HANDOFF] = "handoff",
    [OAT_EMBEDDING] = "embedding", [OAT_RERANK] = "rerank",
    [OAT_MEMORY] = "memory",       [OAT_CHAIN] = "chain",
    [OAT_HTTP] = "http",           [OAT_DATABASE] = "database",
    [OAT_CACHE] = "cache",         [OAT_FILE_IO] = "file_io",
};

static const char *const otel_statuses[] = {
    [OAT_OTEL_UNSET] = "unset",
    [OAT_OTEL_OK] = "ok",
    [OAT_OTEL_ERROR] = "error",
};

static const char *const cost_sources[] = {
    [OAT_COST_REPORTED] = "reported",
    [OAT_COST_COMPUTED] = "computed",
    [OAT_COST_UNPRICED] = "unpriced",
};

static const char *const text_fields[] = {
    [OAT_TEXT_NAME] = "name",
    [OAT_TEXT_SERVICE] = "service",
    [OAT_TEXT_ENVIRONMENT] = "environment",
    [OAT_TEXT_MODEL] = "model",
    [OAT_TEXT_PROVIDER] = "provider",
    [OAT_TEXT_AGENT] = "agent",
    [OAT_TEXT_SESSION] = "session_id",
    [OAT_TEXT_USER] = "user_id",
    [OAT_TEXT_OPERATION] = "operation",
    [OAT_TEXT_STATUS_MESSAGE] = "status_message",
    [OAT_TEXT_PROMPT_NAME] = "prompt_name",
};

static const char *const count_fields[] = {
    [OAT_COUNT_INPUT] = "prompt_tokens",
    [OAT_COUNT_OUTPUT] = "completion_tokens",
    [OAT_COUNT_CACHED] = "cached_tokens",
    [OAT_COUNT_CACHE_WRITE] = "cache_write_tokens",
    [OAT_COUNT_CACHE_WRITE_1H] = "cache_write_1h_tokens",
    [OAT_COUNT_REASONING] = "reasoning_tokens",
    [OAT_COUNT_AUDIO_INPUT] = "audio_input_tokens",
    [OAT_COUNT_AUDIO_OUTPUT] = "audio_output_tokens",
    [OAT_COUNT_IMAGE] = "image_tokens",
};

static const char *const media_types[] = {
    [OAT_MEDIA_OCTETS] = "application/octet-stream",
    [OAT_MEDIA_TEXT] = "text/plain",
    [OAT_MEDIA_JSON] = "application/json",
    [OAT_MEDIA_ATTRS] = "application/vnd.openagenttrace.attributes",
    [OAT_MEDIA_MARKDOWN] = "text/markdown",
    [OAT_MEDIA_HTML] = "text/html",
    [OAT_MEDIA_PNG] = "image/png",
    [OAT_MEDIA_JPEG] = "image/jpeg",
    [OAT_MEDIA_GIF] = "image/gif",
    [OAT_MEDIA_WEBP] = "image/webp",
    [OAT_MEDIA_WAV] = "audio/wav",
    [OAT_MEDIA_MPEG_AUDIO] = "audio/mpeg",
    [OAT_MEDIA_OGG] = "audio/ogg",
    [OAT_MEDIA_MP4] = "video/mp4",
    [OAT_MEDIA_PDF] = "application/pdf",
};

#define NAME_IN(table, number) ((number) < COUNT(table) ? (table)[number] : NULL)

const char *oat_span_type_name(unsigned type)
{
    return NAME_IN(span_types, type);
}

enum oat_span_type oat_span_type_parse(const char *text, size_t len)
{
    for (unsigned i = OAT_AGENT; i < COUNT(span_types); i++)
        if (strlen(span_types[i]) == len && memcmp(span_types[i], text, len) == 0)
            return (enum oat_span_type)i;
    return (enum oat_span_type)0;
}

const char *oat_otel_status_name(unsigned status)
{
    return NAME_IN(otel_statuses, status);
}

const char *oat_cost_source_name(unsigned source)
{
    return NAME_IN(cost_sources, source);
}

const char *oat_text_field_name(unsigned field)
{
    return NAME_IN(text_fields, field);
}

const char *oat_count_field_name(unsigned field)
{
    return NAME_IN(count_fields, field);
}

const char *oat_media_name(unsigned media)
{
    return NAME_IN(media_types, media);
}

enum oat_media oat_media_parse(const char *text)
{
    size_t len = strcspn(text, "; ");
    for (unsigned i = 0; i < COUNT(media_types); i++)
        if (strlen(media_types[i]) == len && strncasecmp(media_types[i], text, len) == 0)
            return (enum oat_media)i;
    return OAT_MEDIA_OTHER;
}
