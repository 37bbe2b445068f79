"""Generated rows as Arrow tables: what bench/generate leaves in its --rows folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

CHUNK_ROWS = 1 << 20
NOT_SET = {"<u4": 0xFFFFFFFF, "<i8": -(2**63)}


class Rows:
    """The rows of a folder, read piece by piece; their columns are named in the order of a part's."""

    def __init__(self, folder: Path) -> None:
        """Maps rows.bin."""
        layout = json.loads((folder / "rows.json").read_text())
        self.columns: list[dict[str, Any]] = layout[1:]
        record = np.dtype(
            {
                "names": [column["name"] for column in self.columns],
                "formats": [column["number"] for column in self.columns],
                "offsets": [column["offset"] for column in self.columns],
                "itemsize": layout[0]["record_size"],
            }
        )
        self.records = np.memmap(folder / "rows.bin", dtype=record, mode="r")
        self.texts = pa.array((folder / "texts.txt").read_text().split("\n")[:-1])

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.records)

    @property
    def names(self) -> list[str]:
        """The columns."""
        return [column["name"] for column in self.columns]

    def tables(self) -> Iterator[Any]:
        """The rows, so many at once."""
        for begin in range(0, len(self), CHUNK_ROWS):
            records = self.records[begin : begin + CHUNK_ROWS]
            yield pa.table({column["name"]: self._column(column, records) for column in self.columns})

    def _column(self, column: dict[str, Any], records: Any) -> Any:
        values = np.ascontiguousarray(records[column["name"]])
        kind = column["kind"]
        if kind == "text":
            return _of_words(values, self.texts)
        if kind == "enum":
            return _of_words(values, pa.array(column["values"]))
        if kind == "uuid":
            storage = pa.FixedSizeBinaryArray.from_buffers(
                pa.binary(16), len(values), [None, pa.py_buffer(values)]
            )
            return pa.ExtensionArray.from_storage(pa.uuid(), storage)
        if kind == "id":
            return pa.array(values, mask=values == 0)
        return pa.array(values, mask=values == NOT_SET[column["number"]])


def _of_words(numbers: Any, words: Any) -> Any:
    """Numbers 1, 2 .. as the words they stand for; 0 as null."""
    codes = pa.array(numbers.astype(np.int32) - 1, mask=numbers == 0)
    return pa.DictionaryArray.from_arrays(codes, words)
