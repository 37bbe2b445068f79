"""DuckDB, SQLite and this project's store behind one question: how long does it take, and what is it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb
from peers.rows import Rows

# Texts of which there are few: what someone who knows DuckDB would make enums.
FEW = (
    "span_type",
    "status",
    "service",
    "environment",
    "model",
    "provider",
    "agent",
    "operation",
    "prompt_name",
    "region",
    "experiment",
    "finish_reason",
)
ATTRIBUTES = ("region", "tenant", "experiment", "finish_reason", "exit_code")


@dataclass
class Answer:
    """Rows, and how long it took to have them: by the clock, and of the processor."""

    ns: float
    cpu_ns: float
    rows: list[Any]


def _timed(fetch: Callable[[], list[Any]]) -> Answer:
    cpu, begin = time.process_time_ns(), time.perf_counter_ns()
    rows = fetch()
    return Answer(time.perf_counter_ns() - begin, time.process_time_ns() - cpu, rows)


class Engine(Protocol):
    """What can be asked."""

    def ask(self, question: str) -> Answer:
        """Runs a question in the engine's own language."""


class Duck:
    """DuckDB with all rows in a table in memory, one thread."""

    def __init__(self, rows: Rows) -> None:
        """Loads the rows."""
        self.connection = duckdb.connect()
        self.connection.execute("SET threads = 1")
        self.connection.execute("SET preserve_insertion_order = true")
        for i, table in enumerate(rows.tables()):
            self.connection.register("piece", table)
            if i == 0:
                self._make_table(table)
            self.connection.execute("INSERT INTO spans SELECT * FROM piece")
            self.connection.unregister("piece")

    def _make_table(self, table: Any) -> None:
        """The columns of a piece, with enums of the words in its dictionaries."""
        self.connection.execute("CREATE TABLE spans AS SELECT * FROM piece LIMIT 0")
        for name in FEW:
            words = sorted({str(word) for word in table[name].unique() if word.is_valid})
            listed = ", ".join(f"'{word}'" for word in words)
            self.connection.execute(f"ALTER TABLE spans ALTER {name} TYPE ENUM ({listed})")

    def ask(self, question: str) -> Answer:
        """Runs SQL."""
        return _timed(lambda: self.connection.execute(question).fetchall())

    def write_parquet(self, path: Path, columns: str = "*") -> None:
        """Writes all rows in their order, as zstd 3."""
        how = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3"
        self.connection.execute(f"COPY (SELECT {columns} FROM spans) TO '{path}' ({how})")

    def parquet_sizes(self, path: Path) -> dict[str, int]:
        """Bytes of each column of a Parquet file."""
        sql = "SELECT path_in_schema, sum(total_compressed_size) FROM parquet_metadata(?) GROUP BY 1"
        return {name: int(size) for name, size in self.connection.execute(sql, [str(path)]).fetchall()}

    def attribute_map(self) -> str:
        """The columns with the attributes in one map, as an analyst has them who knows no keys."""
        entries = ", ".join(f"{{'k': '{name}', 'v': {name}::VARCHAR}}" for name in ATTRIBUTES)
        made = f"map_from_entries(list_filter([{entries}], lambda entry: entry.v IS NOT NULL))"
        return f"* EXCLUDE ({', '.join(ATTRIBUTES)}), {made} AS attributes"


class Lite:
    """SQLite with all rows in a file and the indexes that the questions want."""

    INDEXES = {
        "by_trace": "spans(trace_id)",
        "by_start": "spans(start_ns)",
        "by_model": "spans(model, status)",
        "by_experiment": "spans(experiment)",
        "failed_roots": "spans(status, start_ns) WHERE parent_span_id IS NULL",
    }

    def __init__(self, path: Path, rows: Rows | None) -> None:
        """Opens the file, and makes it of the rows if they are given."""
        self.connection = sqlite3.connect(path)
        self.connection.execute("PRAGMA cache_size = -2000000")
        self.connection.execute("PRAGMA mmap_size = 68719476736")
        if rows is not None:
            self._load(rows)

    def _load(self, rows: Rows) -> None:
        execute = self.connection.execute
        execute("PRAGMA journal_mode = OFF")
        execute("PRAGMA synchronous = OFF")
        execute(f"CREATE TABLE spans ({', '.join(rows.names)})")
        places = ", ".join("?" * len(rows.names))
        for table in rows.tables():
            columns = [_for_sqlite(table[name]) for name in rows.names]
            self.connection.executemany(f"INSERT INTO spans VALUES ({places})", zip(*columns))
        for name, what in self.INDEXES.items():
            execute(f"CREATE INDEX {name} ON {what}")
        execute("ANALYZE")
        self.connection.commit()

    def ask(self, question: str) -> Answer:
        """Runs SQL."""
        return _timed(lambda: self.connection.execute(question).fetchall())


def _for_sqlite(column: Any) -> list[Any]:
    """Values that SQLite knows: no integers of 64 bits without a sign, no UUIDs."""
    values: list[Any] = column.to_pylist()
    if str(column.type) == "uint64":
        return [None if value is None else value - (value >> 63 << 64) for value in values]
    if "uuid" in str(column.type):
        return [value.bytes for value in values]
    return values


class Store:
    """A store of this project, asked through bench/query_store, which has it open."""

    def __init__(self, program: Path, store: Path) -> None:
        """Starts the program."""
        self.process = subprocess.Popen(
            [program, "--dir", store], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, question: str) -> Answer:
        """Sends a line (bench/query_store.c has the language) and waits for the answer."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args!r} ended at: {question}")
        answer = json.loads(line)
        return Answer(answer["ns"], answer["cpu_ns"], answer["rows"])

    def close(self) -> None:
        """Ends the program."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def of_store(
    filter_text: str, group_by: Sequence[str], aggregates: Sequence[str], window: str = "0 0"
) -> str:
    """A question for Store.ask: spans of a window (ns: from, to; 0 0: all) that pass a filter."""
    return "\t".join(["query", *window.split(), filter_text, ",".join(group_by), ",".join(aggregates)])
