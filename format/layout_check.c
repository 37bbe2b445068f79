/* Every offset that SPEC.md states, checked when this is compiled. */
#include "format/block.h"
#include "format/identity.h"
#include "format/pair_header.h"
#include "format/replica.h"
#include "format/sections.h"
#include "format/slot.h"
#include "format/table.h"

#include <stddef.h>

#define AT(type, field, offset)                                                                              \
    _Static_assert(offsetof(struct type, field) == (offset), #type "." #field " moved: see SPEC.md")
#define SIZE(type, size)                                                                                     \
    _Static_assert(sizeof(struct type) == (size), #type " changed size: see SPEC.md");                       \
    _Static_assert(_Alignof(struct type) == 1, #type " must overlay any offset")

SIZE(oat_disk_pair_header, 256);
AT(oat_disk_pair_header, major, 8);
AT(oat_disk_pair_header, minor, 10);
AT(oat_disk_pair_header, header_size, 12);
AT(oat_disk_pair_header, writer_id, 16);
AT(oat_disk_pair_header, store_id, 32);
AT(oat_disk_pair_header, hash_seed, 48);
AT(oat_disk_pair_header, nonce, 56);
AT(oat_disk_pair_header, seq, 64);
AT(oat_disk_pair_header, slot_size, 68);
AT(oat_disk_pair_header, machine_id, 72);
AT(oat_disk_pair_header, boot_id, 88);
AT(oat_disk_pair_header, created_ns, 104);
AT(oat_disk_pair_header, pid, 112);
AT(oat_disk_pair_header, mode, 116);
AT(oat_disk_pair_header, program, 120);
AT(oat_disk_pair_header, checksum, 248);

SIZE(oat_disk_durable, 32);
AT(oat_disk_durable, blob_bytes, 8);
AT(oat_disk_durable, flush_seq, 16);
AT(oat_disk_durable, checksum, 24);
SIZE(oat_disk_seal, 32);
AT(oat_disk_seal, blob_bytes, 8);
AT(oat_disk_seal, sealed_ns, 16);
AT(oat_disk_seal, checksum, 24);

SIZE(oat_disk_blob_ref, 16);
AT(oat_disk_blob_ref, id4, 4);
AT(oat_disk_blob_ref, raw_len, 8);
AT(oat_disk_blob_ref, media, 14);
AT(oat_disk_blob_ref, flags, 15);

SIZE(oat_disk_span, OAT_SLOT_SIZE);
AT(oat_disk_span, trace_id, 8);
AT(oat_disk_span, span_id, 24);
AT(oat_disk_span, parent_id, 32);
AT(oat_disk_span, start_ns, 40);
AT(oat_disk_span, duration_ns, 48);
AT(oat_disk_span, type, 56);
AT(oat_disk_span, status, 57);
AT(oat_disk_span, otel_status, 58);
AT(oat_disk_span, price_tier, 59);
AT(oat_disk_span, flags, 60);
AT(oat_disk_span, text, 64);
AT(oat_disk_span, prompt_version, 108);
AT(oat_disk_span, count, 112);
AT(oat_disk_span, ttft_us, 148);
AT(oat_disk_span, cost_total_nano, 152);
AT(oat_disk_span, cost_input_nano, 160);
AT(oat_disk_span, cost_output_nano, 168);
AT(oat_disk_span, call_id, 176);
AT(oat_disk_span, sample_rate, 184);
AT(oat_disk_span, input, 192);
AT(oat_disk_span, output, 208);
AT(oat_disk_span, attributes, 224);
AT(oat_disk_span, error, 240);

SIZE(oat_disk_string, OAT_SLOT_SIZE);
AT(oat_disk_string, hash, 8);
AT(oat_disk_string, len_bytes, 16);
AT(oat_disk_string, in_blob, 20);
AT(oat_disk_string, u, 24);

SIZE(oat_disk_event, OAT_SLOT_SIZE);
AT(oat_disk_event, id, 8);
AT(oat_disk_event, trace_id, 16);
AT(oat_disk_event, span_id, 32);
AT(oat_disk_event, span_start_ns, 40);
AT(oat_disk_event, time_ns, 48);
AT(oat_disk_event, name, 56);
AT(oat_disk_event, attributes, 64);

SIZE(oat_disk_link, OAT_SLOT_SIZE);
AT(oat_disk_link, id, 8);
AT(oat_disk_link, trace_id, 16);
AT(oat_disk_link, span_id, 32);
AT(oat_disk_link, span_start_ns, 40);
AT(oat_disk_link, target_trace_id, 48);
AT(oat_disk_link, target_span_id, 64);
AT(oat_disk_link, trace_state, 72);
AT(oat_disk_link, trace_flags, 76);
AT(oat_disk_link, remote, 77);
AT(oat_disk_link, attributes, 80);

SIZE(oat_disk_score, OAT_SLOT_SIZE);
AT(oat_disk_score, id, 8);
AT(oat_disk_score, trace_id, 16);
AT(oat_disk_score, span_id, 32);
AT(oat_disk_score, target_start_ns, 40);
AT(oat_disk_score, time_ns, 48);
AT(oat_disk_score, value, 56);
AT(oat_disk_score, has_value, 64);
AT(oat_disk_score, name, 68);
AT(oat_disk_score, label, 72);
AT(oat_disk_score, comment, 76);
AT(oat_disk_score, source, 80);

SIZE(oat_disk_prompt, OAT_SLOT_SIZE);
AT(oat_disk_prompt, id, 8);
AT(oat_disk_prompt, time_ns, 16);
AT(oat_disk_prompt, name, 24);
AT(oat_disk_prompt, version, 28);
AT(oat_disk_prompt, sha256, 32);
AT(oat_disk_prompt, body, 64);

SIZE(oat_disk_label, OAT_SLOT_SIZE);
AT(oat_disk_label, id, 8);
AT(oat_disk_label, time_ns, 16);
AT(oat_disk_label, name, 24);
AT(oat_disk_label, label, 28);
AT(oat_disk_label, sha256, 32);

SIZE(oat_disk_tombstone, OAT_SLOT_SIZE);
AT(oat_disk_tombstone, id, 8);
AT(oat_disk_tombstone, trace_id, 16);
AT(oat_disk_tombstone, time_ns, 32);
AT(oat_disk_tombstone, reason, 40);

SIZE(oat_disk_forget, OAT_SLOT_SIZE);
AT(oat_disk_forget, id, 8);
AT(oat_disk_forget, time_ns, 16);
AT(oat_disk_forget, content_id, 24);
AT(oat_disk_forget, raw_len, 40);
AT(oat_disk_forget, redaction_id, 48);
AT(oat_disk_forget, reason, 64);

SIZE(oat_disk_store, 128);
AT(oat_disk_store, major, 8);
AT(oat_disk_store, major_min, 12);
AT(oat_disk_store, major_max, 14);
AT(oat_disk_store, store_id, 16);
AT(oat_disk_store, hash_seed, 32);
AT(oat_disk_store, created_ns, 40);
AT(oat_disk_store, checksum, 120);

SIZE(oat_disk_live, 128);
AT(oat_disk_live, major, 8);
AT(oat_disk_live, pid, 12);
AT(oat_disk_live, writer_id, 16);
AT(oat_disk_live, machine_id, 32);
AT(oat_disk_live, boot_id, 48);
AT(oat_disk_live, created_ns, 64);
AT(oat_disk_live, program, 72);
AT(oat_disk_live, checksum, 120);

SIZE(oat_disk_replica, 512);
AT(oat_disk_replica, flags, 12);
AT(oat_disk_replica, writer_id, 16);
AT(oat_disk_replica, created_ns, 32);
AT(oat_disk_replica, lease_end_ns, 40);
AT(oat_disk_replica, owner, 48);
AT(oat_disk_replica, range_count, 112);
AT(oat_disk_replica, ranges, 120);
AT(oat_disk_replica, checksum, 504);

SIZE(oat_disk_file_header, OAT_FILE_HEADER_SIZE);
AT(oat_disk_file_header, major, 8);
AT(oat_disk_file_header, minor, 10);
AT(oat_disk_file_header, day, 12);
AT(oat_disk_file_header, store_id, 16);
AT(oat_disk_file_header, hash_seed, 32);
AT(oat_disk_file_header, nonce, 40);
AT(oat_disk_file_header, generation, 48);
AT(oat_disk_file_header, created_ns, 56);
AT(oat_disk_file_header, checksum, 120);

SIZE(oat_disk_section, 40);
AT(oat_disk_section, kind, 0);
AT(oat_disk_section, table, 2);
AT(oat_disk_section, column, 4);
AT(oat_disk_section, codec, 6);
AT(oat_disk_section, offset, 8);
AT(oat_disk_section, stored_len, 16);
AT(oat_disk_section, raw_len, 24);
AT(oat_disk_section, check, 32);

SIZE(oat_disk_file_trailer, OAT_FILE_TRAILER_SIZE);
AT(oat_disk_file_trailer, file_len, 0);
AT(oat_disk_file_trailer, directory_offset, 8);
AT(oat_disk_file_trailer, section_count, 16);
AT(oat_disk_file_trailer, directory_check, 40);
AT(oat_disk_file_trailer, checksum, 48);
AT(oat_disk_file_trailer, magic, 56);

SIZE(oat_disk_group, 24);
AT(oat_disk_group, check, 0);
AT(oat_disk_group, head_len, 4);
AT(oat_disk_group, len, 8);
AT(oat_disk_group, rows, 12);
AT(oat_disk_group, columns, 16);

SIZE(oat_disk_group_column, 24);
AT(oat_disk_group_column, column, 0);
AT(oat_disk_group_column, min, 8);
AT(oat_disk_group_column, max, 16);

SIZE(oat_disk_group_place, 16);
AT(oat_disk_group_place, offset, 0);
AT(oat_disk_group_place, len, 8);
AT(oat_disk_group_place, rows, 12);

SIZE(oat_disk_block, 16);
AT(oat_disk_block, check, 0);
AT(oat_disk_block, encoding, 4);
AT(oat_disk_block, width, 5);
AT(oat_disk_block, exceptions, 6);
AT(oat_disk_block, base, 8);
