/* OpenAgentTrace: how a tracer is configured: defaults, tracer.yaml, the environment, code, in this order of
 * strength. Included by oat.h. docs/configuration.md has every key. */
#ifndef OAT_CONFIG_H
#define OAT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OAT_API __attribute__((visibility("default")))

enum oat_map_mode {
    OAT_MAP_AUTO = 0, /* mmap where it is known to be safe, else pwrite */
    OAT_MAP_ALWAYS = 1,
    OAT_MAP_NEVER = 2, /* one pwrite of 256 bytes a slot */
};

/* What a model costs, in US dollars per million tokens; a negative price is not given, and is taken from the
 * next broader kind of token (docs/cost.md). */
typedef struct oat_config_price {
    const char *model;
    double input, cached_input, cache_write, cache_write_1h, audio_input;
    double output, reasoning_output, audio_output;
} oat_config_price;

/* A function that shall be traced without a change of its program. */
typedef struct oat_config_target {
    const char *module, *function;
    const char *span_type; /* as in the files and answers: "llm", ...; NULL: by what is known of the module */
} oat_config_target;

/* What is to be kept out of the files besides what the library knows: a regular expression. */
typedef struct oat_config_pattern {
    const char *name;    /* what markers call it: 1 to 32 of a-z 0-9 _ - */
    const char *pattern; /* in the redactor's syntax */
} oat_config_pattern;

#define OAT_CONFIG_WRONG_SIZE 640

/* Who looks for patterns. liboat-extra has one, by PCRE2 (extra.h). */
typedef struct oat_redactor {
    /* Makes what `find` needs. OAT_OK sets *ret_state, else ret_wrong says which pattern is wrong, and how.
     */
    int (*open)(const oat_config_pattern *patterns, size_t count, void **ret_state,
                char ret_wrong[OAT_CONFIG_WRONG_SIZE]);
    /* The first match of a pattern (by its place in the list) in text that begins at `from` or behind it: at
     * least one byte. From many threads at once. OAT_OK, OAT_NOTFOUND; all else means that it cannot be told,
     * and nothing of the text is kept. */
    int (*find)(void *state, size_t pattern, const char *text, size_t len, size_t from, size_t *ret_pos,
                size_t *ret_len);
    void (*close)(void *state);
} oat_redactor;

struct oat_config_owned;

/* Fill with oat_config_init or oat_config_load, then change fields. All pointers are copied by
 * oat_tracer_open. */
typedef struct oat_config {
    const char *data_dir;        /* the store; made if missing (0700). Default ".oat" */
    const char *service;         /* default for every span; NULL = none */
    const char *environment;     /* likewise */
    const char *service_version; /* set on spans without a parent in this process; NULL = none */
    enum oat_map_mode map;
    uint32_t open_after_ms;     /* announce spans open for longer; default 1,000 */
    uint32_t flush_interval_ms; /* default 1,000; 0 = no background flush to the device */
    uint32_t roll_slots;        /* slots a pair, 64..262,128; default 262,128 (64 MiB) */
    uint64_t roll_blob_bytes;   /* default 256 MiB */
    uint32_t roll_age_s;        /* default 3,600 */
    bool allow_network_fs;      /* default false */

    /* Payloads. What is not captured is noted in its place, with its length and its hash. */
    bool capture_input, capture_output; /* default true */
    uint64_t capture_max_bytes;         /* of a payload, the rest is cut off; 0 = no limit, the default */

    /* Taken out of payloads, attributes and status messages before anything is written; a marker with kind,
     * length and a random id stands in its place (docs/configuration.md). */
    bool redact_keys;   /* access keys, and what goes by a name like password; default true */
    bool redact_emails; /* default false */
    bool redact_cards;  /* numbers of payment cards; default false */
    const oat_config_pattern *redact_patterns;
    size_t redact_pattern_count;  /* at most 100 */
    const oat_redactor *redactor; /* of the patterns; where they are without one, no text is kept. Borrowed */

    /* Come before the prices of the store and the library; at most 1,000. */
    const oat_config_price *prices;
    size_t price_count;

    /* Sampling: of the other traces the spans are held back in memory, while any of their trace runs in this
     * process, and written when one of them fails or the trace takes long. The trace id decides, alike in all
     * services. */
    double sampling_rate;   /* share of traces that are kept, 0..1; default 1 */
    double error_sampling;  /* share of the others that are kept if they fail; default 1 */
    uint32_t slow_trace_ms; /* the others are kept if they take so long; default 5,000, 0 = never */
    uint64_t held_bytes;    /* memory for what is held back, then the oldest goes; default 64 MiB */

    /* For those who start the program or send its spans elsewhere; the tracer does nothing with them. */
    bool export_enabled;         /* default true: with an export_url */
    const char *export_url;      /* of a daemon; NULL = none */
    const char *export_token;    /* NULL = none */
    uint32_t export_interval_ms; /* default 1,000 */
    uint32_t export_batch_size; /* records in a request, at most; 0, the default: as many as fit into 4 MiB */
    bool export_keep_local;     /* default true; else files that were sent whole are removed */
    bool instrumentation;       /* default true */
    const oat_config_target *targets;
    size_t target_count;

    bool strict; /* oat_config_load refuses what is wrong; default false */
    /* Called at most once a cause, within a call of any thread or by the background thread; message is
     * borrowed for the call. It must not call this library, nor wait for a thread that does. May be NULL. */
    void (*warn)(void *arg, const char *message);
    void *warn_arg;

    struct oat_config_owned *owned; /* by oat_config_load; leave it alone */
} oat_config;

/* Fills in the defaults above, then OAT_DATA_DIR, OAT_SERVICE_NAME, OAT_ENVIRONMENT and
 * OAT_STORAGE_MAP (auto, always, never) from the environment. Borrowed pointers point into the
 * environment or static storage; nothing is to be freed. */
OAT_API void oat_config_init(oat_config *config);

/* Fills in the defaults, then a file, then all variables of the environment that docs/configuration.md names.
 * path NULL: the file that OAT_CONFIG names, else tracer.yaml in the working directory or the next above
 * it that has one, up to the first with a .git; there need not be one. A relative data_dir in a file starts
 * from its folder.
 *
 * ret_wrong: "", or what is wrong, as "path:line:column: ..." (in a variable: its name). A wrong value is
 * left out, one below `capture` switches capture_input and capture_output off, as does a file that mentions
 * capture and is no YAML: what was to be kept out of the files is not known then. An unknown key is left out.
 * OAT_OK, also then, unless the file or OAT_STRICT says strict: OAT_E_INVALID. OAT_E_NOMEM. In all cases
 * *config is set; pointers in it are good until oat_config_free. */
OAT_API int oat_config_load(oat_config *config, const char *path, char ret_wrong[OAT_CONFIG_WRONG_SIZE]);

/* Frees what oat_config_load made; a tracer that was opened with it goes on. Takes one of oat_config_init. */
OAT_API void oat_config_free(oat_config *config);

#ifdef __cplusplus
}
#endif

#endif
