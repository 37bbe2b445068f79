/* The head of a request, judged before its body is there. The input is what a client sends, up to the empty
 * line. No token is needed. */
#include "fuzz/fuzz.h"

#include "httpd/early_refusal.h"

#include <event2/buffer.h>
#include <string.h>

/* The answer is one of HTTP, whatever was asked. */
static void check(struct evbuffer *answer)
{
    size_t len = evbuffer_get_length(answer);
    char *text = (char *)evbuffer_pullup(answer, -1);
    char *end = text ? memmem(text, len, "\r\n\r\n", 4) : NULL;
    fuzz_require(end && memcmp(text, "HTTP/1.1 4", 10) == 0);
    const char *length = memmem(text, (size_t)(end - text), "\r\nContent-Length: ", 18);
    fuzz_require(length && strtoull(length + 18, NULL, 10) == len - (size_t)(end + 4 - text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct oat_project project = {.name = "default"};
    static struct oat_service service;
    const struct oat_gate_options gate_options = {
        .tokens_path = "/nonexistent",
        .projects = &project,
        .project_count = 1,
    };
    fuzz_require(service.gate || oat_gate_open(&gate_options, &service.gate));
    char *head = malloc(size + 1);
    struct evbuffer *answer = evbuffer_new();
    if (head && answer) {
        memcpy(head, data, size);
        head[size] = '\0';
        if (oat_early_refusal(&service, head, size, -1, answer))
            check(answer);
        else
            fuzz_require(evbuffer_get_length(answer) == 0);
    }
    if (answer)
        evbuffer_free(answer);
    free(head);
    return 0;
}
