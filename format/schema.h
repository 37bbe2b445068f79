/* The tables and columns of files of sections (sections.h, table.h).
 * Change this file, change SPEC.md sections "Part", "Pack", "Catalog", "MANIFEST", "Prompts" in the same
 * commit.
 *
 * Numbers are on disk and never change their meaning; 0 is never a column. Ids of 8 bytes are the
 * bytes read as a little-endian u64, ids of 16 bytes two of those (first half, second half). A
 * "code" is a number of the column's dictionary, 0 = none. "zigzag" is SPEC.md's: signed numbers. */
#ifndef OAT_FORMAT_SCHEMA_H
#define OAT_FORMAT_SCHEMA_H

#include "oat/oat.h"

/* Sections of a part beside its tables: TEXTS of the columns of codes of texts (those of TRACES use
 * those of SPANS), NUMBERS of OAT_COL_SPAN_FLAGS, ATTRIBUTES of OAT_COL_ATTRIBUTE, INDEX of
 * OAT_COL_TRACE_ID_FIRST (of whole trace ids) and of OAT_COL_SPAN_ID, FILTER of OAT_COL_TRACE_ID_FIRST. */

enum oat_table_id {
    /* part */
    OAT_TABLE_SPANS = 1,  /* by (first start of its trace in this part, trace id, start, span id) */
    OAT_TABLE_TRACES = 2, /* in the same order; their spans lie one after the other */
    OAT_TABLE_EVENTS = 3, /* by (trace, row, span id, time, id), as are links and scores */
    OAT_TABLE_LINKS = 4,
    OAT_TABLE_SCORES = 5,
    OAT_TABLE_SPAN_ATTRIBUTES = 6,  /* row for row those of SPANS */
    OAT_TABLE_CONTINUED = 7,        /* traces of older parts that have spans in this one */
    OAT_TABLE_MORE_ATTRIBUTES = 8,  /* of spans that have more than columns, by row */
    OAT_TABLE_SUMMARIES = 9,        /* of groups of SPANS: what spans that are alike come to in sum */
    OAT_TABLE_AGENT_SUMMARIES = 10, /* likewise, for another key */
    /* pack */
    OAT_TABLE_CHUNKS = 16,       /* by group, then place in it */
    OAT_TABLE_CHUNK_GROUPS = 17, /* compressed together */
    OAT_TABLE_PAYLOADS = 18,     /* distinct payloads */
    /* catalog */
    OAT_TABLE_TOMBSTONES = 32,
    OAT_TABLE_FORGOTTEN = 33,
    OAT_TABLE_WAITING_SCORES = 34, /* of spans that have not been found yet */
    /* MANIFEST */
    OAT_TABLE_PARTS = 48,
    OAT_TABLE_CATALOGS = 49,
    OAT_TABLE_CONSUMED = 50, /* pairs that parts have taken over */
    OAT_TABLE_RETIRED = 51,  /* parts and catalogs that were live and may still have their files */
    /* PROMPTS */
    OAT_TABLE_PROMPTS = 56, /* versions, by (name, number) */
    OAT_TABLE_PROMPT_LABELS = 57,
    /* index of traces; beside it INDEX of OAT_COL_TRACE_ID_FIRST, of the traces of all those parts */
    OAT_TABLE_INDEXED = 64, /* parts whose traces are in the index of traces, in the order of PARTS */
};

enum oat_span_column {
    OAT_COL_SPAN_ID = 1,
    OAT_COL_SPAN_PARENT = 2,    /* enum oat_parent, or zigzag(row - row of the parent) + OAT_PARENT_NEAR */
    OAT_COL_SPAN_PARENT_ID = 3, /* where PARENT is OAT_PARENT_FAR */
    OAT_COL_SPAN_START = 4,     /* ns */
    OAT_COL_SPAN_DURATION = 5,  /* ns */
    OAT_COL_SPAN_TYPE = 6,
    OAT_COL_SPAN_STATUS = 7, /* enum oat_status */
    OAT_COL_SPAN_OTEL_STATUS = 8,
    OAT_COL_SPAN_PRICE_TIER = 9,
    OAT_COL_SPAN_FLAGS = 10,   /* code; NUMBERS dictionary of OAT_SPAN_* bits */
    OAT_COL_SPAN_COUNTED = 11, /* 1: its usage counts */
    OAT_COL_SPAN_TEXT = 16,    /* + enum oat_text_field: codes; 16..26 */
    OAT_COL_SPAN_PROMPT_VERSION = 27,
    OAT_COL_SPAN_COUNT = 28,        /* + enum oat_count_field; 28..36 */
    OAT_COL_SPAN_TTFT = 37,         /* us */
    OAT_COL_SPAN_COST = 38,         /* zigzag, nano-dollars; total */
    OAT_COL_SPAN_OUTPUT_PRICE = 39, /* span_costs.h has these three */
    OAT_COL_SPAN_COST_OUTPUT = 40,
    OAT_COL_SPAN_CALL_ID = 41,
    OAT_COL_SPAN_SAMPLE_RATE = 42,
    OAT_COL_SPAN_INPUT = 43,           /* payload number + 1 in the pack; 0 = none */
    OAT_COL_SPAN_OUTPUT = 44,          /* likewise */
    OAT_COL_SPAN_ERROR = 45,           /* likewise */
    OAT_COL_SPAN_ATTRIBUTES = 46,      /* likewise; attributes that are not in SPAN_ATTRIBUTES */
    OAT_COL_SPAN_ATTRIBUTE_FLAGS = 47, /* 1 + the flags of the payload that those in SPAN_ATTRIBUTES were */
    OAT_COL_SPAN_COST_INPUT = 48,
};

enum oat_parent {
    OAT_PARENT_NONE = 0, /* a root */
    OAT_PARENT_FAR = 1,  /* an id that is no row of this trace in this part */
    OAT_PARENT_NEAR = 2,
};

enum oat_trace_column {
    OAT_COL_TRACE_ID_FIRST = 1,
    OAT_COL_TRACE_ID_SECOND = 2,
    OAT_COL_TRACE_START = 3,
    OAT_COL_TRACE_DURATION = 4,   /* greatest end - start */
    OAT_COL_TRACE_STATUS = 5,     /* enum oat_status: of the root */
    OAT_COL_TRACE_FLAGS = 6,      /* enum oat_trace_flag */
    OAT_COL_TRACE_FIRST_ROW = 7,  /* where its spans are, or would be: never descends */
    OAT_COL_TRACE_SPAN_COUNT = 8, /* 0: only events, links or scores of it are here */
    OAT_COL_TRACE_ROOT = 9,       /* row of the root - first row */
    OAT_COL_TRACE_DEPTH = 10,
    OAT_COL_TRACE_ERROR_COUNT = 11,
    OAT_COL_TRACE_INPUT_TOKENS = 12, /* sums over counted spans */
    OAT_COL_TRACE_OUTPUT_TOKENS = 13,
    OAT_COL_TRACE_COST = 14,       /* zigzag */
    OAT_COL_TRACE_TYPE_COUNT = 16, /* + enum oat_span_type; 17..30 */
    OAT_COL_TRACE_TEXT = 32,       /* + enum oat_text_field: the root's codes (dictionaries of SPANS);
                                    * MODEL: of the first llm span; 32..42 */
};

enum oat_trace_flag {
    OAT_TRACE_HAS_INPUT_TOKENS = 1,
    OAT_TRACE_HAS_OUTPUT_TOKENS = 2,
    OAT_TRACE_HAS_COST = 4,
    OAT_TRACE_OPEN = 8,           /* a span of it is open, or a local parent is not here */
    OAT_TRACE_ROOT_OPEN = 16,     /* its root is */
    OAT_TRACE_CONTINUES = 32,     /* an older part has something of it too */
    OAT_TRACE_ROOT_MISSING = 128, /* its root was never announced: TEXT of NAME and AGENT are 0 */
    OAT_TRACE_PARTIAL = 64,       /* spans of it were retained away */
    OAT_TRACE_LIKE_ROOT = 256, /* its root, which has ended and alone has no parent, begins and lasts as it */
};

/* Of events, links and scores. Where ROW is 0 the span is not in this part: SPAN_ID and SPAN_START
 * then say which. A score with neither is the trace's. */
enum oat_mark_column {
    OAT_COL_MARK_TRACE = 1, /* row of TRACES */
    OAT_COL_MARK_ROW = 2,   /* row of SPANS + 1 */
    OAT_COL_MARK_SPAN_ID = 3,
    OAT_COL_MARK_SPAN_START = 4, /* of a score: its target's as given, also where ROW is set */
    OAT_COL_MARK_ID = 5,
    OAT_COL_MARK_TIME = 6,
    OAT_COL_MARK_ATTRIBUTES = 7, /* payload number + 1 */
    OAT_COL_EVENT_NAME = 16,     /* code */
    OAT_COL_LINK_TARGET_TRACE_FIRST = 16,
    OAT_COL_LINK_TARGET_TRACE_SECOND = 17,
    OAT_COL_LINK_TARGET_SPAN = 18,
    OAT_COL_LINK_TRACE_STATE = 19, /* code */
    OAT_COL_LINK_TRACE_FLAGS = 20,
    OAT_COL_LINK_REMOTE = 21,
    OAT_COL_SCORE_HAS_VALUE = 16,
    OAT_COL_SCORE_VALUE = 17, /* bits of the binary64 */
    OAT_COL_SCORE_NAME = 18,  /* codes */
    OAT_COL_SCORE_LABEL = 19,
    OAT_COL_SCORE_COMMENT = 20,
    OAT_COL_SCORE_SOURCE = 21,
};

/* The attributes of a span in order: code after code, up to the first that is 0. */
enum oat_span_attribute_column {
    OAT_COL_ATTRIBUTE = 1, /* + place, below OAT_ATTRIBUTE_COLUMNS: codes of the ATTRIBUTES dictionary */
};
#define OAT_ATTRIBUTE_COLUMNS 32u

/* Those behind OAT_ATTRIBUTE_COLUMNS. */
enum oat_more_attributes_column {
    OAT_COL_MORE_ROW = 1, /* of SPANS; never descends */
    OAT_COL_MORE_CODE = 2,
};

/* A row for the spans of a group that have the same key, by that. Of SUMMARIES it is hour, type, status,
 * flags and model; of AGENT_SUMMARIES status, flags, agent, prompt and its version. */
enum oat_summary_column {
    OAT_COL_SUMMARY_GROUP = 1, /* of SPANS: never descends */
    OAT_COL_SUMMARY_HOUR = 2,  /* 1 + hour of the UTC day of their starts; 0: any */
    OAT_COL_SUMMARY_TYPE = 3,
    OAT_COL_SUMMARY_STATUS = 4,
    OAT_COL_SUMMARY_FLAGS = 5, /* OAT_SPAN_HAS_COUNT, _HAS_COST, _COST_SOURCE, _HAS_PROMPT_VERSION */
    OAT_COL_SUMMARY_MODEL = 6, /* code, as in SPANS */
    OAT_COL_SUMMARY_SPANS = 7,
    OAT_COL_SUMMARY_COUNTED = 8,  /* of them: their usage is counted */
    OAT_COL_SUMMARY_DURATION = 9, /* ns, of all of them */
    OAT_COL_SUMMARY_COST = 10,    /* zigzag; of those that are counted, as are the counts */
    OAT_COL_SUMMARY_AGENT = 11,   /* codes, as in SPANS */
    OAT_COL_SUMMARY_PROMPT = 12,
    OAT_COL_SUMMARY_PROMPT_VERSION = 13,
    OAT_COL_SUMMARY_COUNT = 16, /* + enum oat_count_field; 16..24 */
};

/* A trace that lies in several parts is put together when it is read. */
enum oat_continued_column {
    OAT_COL_CONTINUED_DAY = 1, /* of the older part */
    OAT_COL_CONTINUED_GENERATION = 2,
    OAT_COL_CONTINUED_TRACE = 3, /* row of its TRACES */
};

enum oat_chunk_column {
    OAT_COL_CHUNK_RAW_LEN = 1,
};

enum oat_chunk_group_column {
    OAT_COL_CHUNK_GROUP_OFFSET = 1, /* of its stored bytes in the file, / 8 */
    OAT_COL_CHUNK_GROUP_STORED_LEN = 2,
    OAT_COL_CHUNK_GROUP_RAW_LEN = 3,
    OAT_COL_CHUNK_GROUP_FIRST = 4, /* number of its first chunk */
    OAT_COL_CHUNK_GROUP_CODEC = 5, /* enum oat_section_codec */
    OAT_COL_CHUNK_GROUP_CHECK = 6, /* XXH3-64 of the stored bytes, seed: the nonce XOR the offset */
};

enum oat_payload_column {
    OAT_COL_PAYLOAD_KIND = 1,  /* enum oat_payload_kind */
    OAT_COL_PAYLOAD_PLACE = 2, /* CHUNK: number of the chunk; RECIPE: offset in the section BYTES */
    OAT_COL_PAYLOAD_RAW_LEN = 3,
    OAT_COL_PAYLOAD_MEDIA = 4,
    OAT_COL_PAYLOAD_FLAGS = 5, /* OAT_REF_* without RECIPE */
};

enum oat_payload_kind {
    OAT_PAYLOAD_CHUNK = 1,
    OAT_PAYLOAD_RECIPE = 2,
    OAT_PAYLOAD_NOTHING = 3, /* empty or lost */
};

enum oat_tombstone_column {
    OAT_COL_TOMBSTONE_TRACE_FIRST = 1,
    OAT_COL_TOMBSTONE_TRACE_SECOND = 2,
    OAT_COL_TOMBSTONE_ID = 3,
    OAT_COL_TOMBSTONE_TIME = 4,
    OAT_COL_TOMBSTONE_REASON = 5, /* code */
};

enum oat_forgotten_column {
    OAT_COL_FORGOTTEN_ID_FIRST = 1, /* content id under the store's seed */
    OAT_COL_FORGOTTEN_ID_SECOND = 2,
    OAT_COL_FORGOTTEN_RAW_LEN = 3,
    OAT_COL_FORGOTTEN_TIME = 4,
    OAT_COL_FORGOTTEN_REDACTION_FIRST = 5,
    OAT_COL_FORGOTTEN_REDACTION_SECOND = 6,
    OAT_COL_FORGOTTEN_REASON = 7, /* code */
    OAT_COL_FORGOTTEN_RECORD = 8, /* id of the request */
    OAT_COL_FORGOTTEN_ERASED = 9, /* 1: no live part holds it */
};

enum oat_prompt_column {
    OAT_COL_PROMPT_NAME = 1, /* code */
    OAT_COL_PROMPT_NUMBER = 2,
    OAT_COL_PROMPT_TIME = 3,
    OAT_COL_PROMPT_WEIGHT = 4,
    OAT_COL_PROMPT_BODY = 5, /* code */
};

enum oat_prompt_label_column {
    OAT_COL_PROMPT_LABEL_ROW = 1,   /* of PROMPTS */
    OAT_COL_PROMPT_LABEL_LABEL = 2, /* code */
    OAT_COL_PROMPT_LABEL_TIME = 3,
};

enum oat_part_column {
    OAT_COL_PART_DAY = 1,
    OAT_COL_PART_GENERATION = 2, /* days/<day>/<generation>.part */
    OAT_COL_PART_MIN_START = 3,
    OAT_COL_PART_MAX_START = 4,
    OAT_COL_PART_MAX_END = 5,
    OAT_COL_PART_SPANS = 6,
    OAT_COL_PART_TRACES = 7,
    OAT_COL_PART_EVENTS = 8,
    OAT_COL_PART_LINKS = 9,
    OAT_COL_PART_SCORES = 10,
    OAT_COL_PART_BYTES = 11,
    OAT_COL_PART_PACK_BYTES = 12,   /* 0: no pack */
    OAT_COL_PART_RAW_BYTES = 13,    /* of all payloads of its spans */
    OAT_COL_PART_UNIQUE_BYTES = 14, /* of its chunks, decoded */
    OAT_COL_PART_TEXT_INDEX_BYTES = 15,
    OAT_COL_PART_ARRIVED = 16,    /* ns: when its newest row was compacted first */
    OAT_COL_PART_NONCE = 17,      /* of the .part, */
    OAT_COL_PART_PACK_NONCE = 18, /* and of its .pack: these files and no others */
    OAT_COL_PART_OPEN_SPANS = 19,
    OAT_COL_PART_REPLACEMENTS = 20,
    OAT_COL_PART_CONTINUED_FROM = 21, /* 1 + the first and last day of parts in its CONTINUED; 0: none */
    OAT_COL_PART_CONTINUED_TO = 22,
};

enum oat_catalog_column {
    OAT_COL_CATALOG_GENERATION = 1, /* catalog/<generation>.part; the newest alone counts */
    OAT_COL_CATALOG_BYTES = 2,
    OAT_COL_CATALOG_NONCE = 3,
};

enum oat_consumed_column {
    OAT_COL_CONSUMED_WRITER_FIRST = 1,
    OAT_COL_CONSUMED_WRITER_SECOND = 2,
    OAT_COL_CONSUMED_SEQ = 3,
};

enum oat_retired_column {
    OAT_COL_RETIRED_DAY = 1, /* OAT_NO_DAY: a catalog */
    OAT_COL_RETIRED_GENERATION = 2,
};

enum oat_indexed_column {
    OAT_COL_INDEXED_DAY = 1,
    OAT_COL_INDEXED_GENERATION = 2,
    OAT_COL_INDEXED_NONCE = 3,
    OAT_COL_INDEXED_TRACES = 4, /* rows of its TRACES */
};

#endif
