"""PROMPTS, by sections 13 to 16 and 20 of SPEC.md alone."""

from __future__ import annotations

import json
import math
import pathlib
from typing import Any

import xxhash
from spec_parts import rows_of
from spec_sections import NO_DAY, SectionFile, check_that

PROMPTS, PROMPT_LABELS = 56, 57
ROWS_MAX, NAME_MAX, BODY_MAX, WEIGHT_MAX = 65_536, 256, 2**20, 1_000_000


def text(texts: list[bytes], code: int, most: int) -> bytes:
    """A text that has to be there."""
    check_that(1 <= code <= len(texts) and 1 <= len(texts[code - 1]) <= most, "text of a prompt")
    return texts[code - 1]


def canonical(value: Any) -> bytes:
    """Of a body without hidden characters, whose numbers Python writes as they were given."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


class Prompts:
    """All versions, and the labels of each name."""

    def __init__(self, data: bytes) -> None:
        """Reads a file."""
        file = SectionFile(data, b"OATPRMT1")
        names, bodies = file.texts(PROMPTS, 1), file.texts(PROMPTS, 5)
        labels = file.texts(PROMPT_LABELS, 2)
        rows = rows_of(file.table(PROMPTS), 1, 5)
        check_that(file.day == NO_DAY and file.generation == 0, "header of PROMPTS")
        check_that(len(rows) <= ROWS_MAX, "rows of PROMPTS")
        self.versions: dict[bytes, list[tuple[int, bytes]]] = {}  # weight and body
        of_row = []
        for name_code, number, _, weight, body in rows:
            name = text(names, name_code, NAME_MAX)
            check_that(not self.versions or name >= max(self.versions), "order of names")
            versions = self.versions.setdefault(name, [])
            check_that(number == len(versions) + 1 and weight <= WEIGHT_MAX, "version")
            versions.append((weight, text(bodies, body, BODY_MAX)))
            of_row.append((name, number))
        self.labels: dict[tuple[bytes, bytes], int] = {}
        for row, label, _ in rows_of(file.table(PROMPT_LABELS), 1, 3):
            check_that(row < len(of_row), "row of a label")
            name, number = of_row[row]
            self.labels[name, text(labels, label, NAME_MAX)] = number

    def pick(self, name: bytes, key: bytes) -> int | None:
        """The number of the version that a key gets; None: calls are not split."""
        drawn = {}
        for number, (weight, _) in enumerate(self.versions[name], start=1):
            seed = xxhash.xxh3_64_intdigest(name, seed=number)
            uniform = ((xxhash.xxh3_64_intdigest(key, seed=seed) >> 11) + 0.5) / 2**53
            if weight > 0:
                drawn[number] = -math.log(uniform) / weight
        return min(drawn, key=lambda number: drawn[number]) if drawn else None


def read_prompts(directory: pathlib.Path) -> Prompts:
    """Those of a store that has some."""
    return Prompts((directory / "PROMPTS").read_bytes())
