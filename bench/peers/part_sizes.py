"""Which bytes of a part are whose: columns, dictionaries, indexes."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from spec_sections import COLUMN, GROUP, PLACE, SECTION, TABLE, TRAILER, SectionFile

KINDS = {2: "texts", 3: "numbers", 4: "index", 5: "attributes"}
# In the order of enum oat_text_field and enum oat_count_field.
TEXT_FIELDS = [
    *("name", "service", "environment", "model", "provider", "agent"),
    *("session_id", "user_id", "operation", "status_message", "prompt_name"),
]
COUNT_FIELDS = [
    *("prompt_tokens", "completion_tokens", "cached_tokens", "cache_write_tokens"),
    *("cache_write_1h_tokens", "reasoning_tokens", "audio_input_tokens", "audio_output_tokens"),
    "image_tokens",
]
TABLES = {1: "SPAN", 2: "TRACE", 6: "ATTRIBUTE"}
SPANS, TRACES, SPAN_ATTRIBUTES = TABLES
SUMMARIES = (9, 10)


def column_names(schema: Path) -> dict[tuple[int, int], str]:
    """Names of the columns of the tables above, as format/schema.h gives them."""
    text = schema.read_text()
    names = {}
    for table, prefix in TABLES.items():
        for name, number in re.findall(rf"OAT_COL_{prefix}_(\w+) = (\d+)", text):
            names[table, int(number)] = name.lower()
    for table in (SPANS, TRACES):
        first = next(number for (of, number), name in names.items() if of == table and name == "text")
        names |= {(table, first + i): name for i, name in enumerate(TEXT_FIELDS)}
    first = next(number for (of, number), name in names.items() if of == SPANS and name == "count")
    return names | {(SPANS, first + i): name for i, name in enumerate(COUNT_FIELDS)}


def _table_sizes(data: bytes, index: bytes) -> Counter[int]:
    """Bytes by column; -1: what describes them."""
    sizes: Counter[int] = Counter()
    for offset, length, rows in PLACE.iter_unpack(index):
        _, head_len, _, _, count = GROUP.unpack_from(data, offset)
        blocks = -(-rows // 1024)
        at = offset + GROUP.size + COLUMN.size * count
        ends = [int.from_bytes(data[at + 4 * i : at + 4 * i + 4], "little") for i in range(count * blocks)]
        ends.append(length)
        for i in range(count):
            column = COLUMN.unpack_from(data, offset + GROUP.size + COLUMN.size * i)[0]
            sizes[column] += ends[(i + 1) * blocks] - ends[i * blocks]
        sizes[-1] += head_len
    return sizes


def part_sizes(path: Path, names: dict[tuple[int, int], str]) -> Counter[tuple[int, str]]:
    """Bytes of a part by (table, what). All together: the file."""
    data = path.read_bytes()
    file = SectionFile(data, b"OATPART1")
    sizes: Counter[tuple[int, str]] = Counter()
    _, at, count, *_ = TRAILER.unpack_from(data, len(data) - TRAILER.size)
    for section in SECTION.iter_unpack(data[at : at + SECTION.size * count]):
        kind, table, column, _, _, stored_len, *_ = section
        if kind == TABLE:
            for number, size in _table_sizes(data, file.sections[kind, table, column]).items():
                known = "heads" if number < 0 else names.get((table, number), str(number))
                sizes[table, known] += size
            sizes[table, "heads"] += stored_len
        else:
            known = names.get((table, column), str(column))
            sizes[table, f"{known}, {KINDS.get(kind, str(kind))}"] += stored_len
    sizes[0, "file"] = len(data) - sum(sizes.values())
    return sizes
