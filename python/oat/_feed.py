"""Hands spans that have ended to an exporter, on a thread of its own.

The disk is the queue: a traced function only leaves the ids of its span, and the thread reads the span as the
store has it, with its computed cost and its whole payloads. The agent never waits for an exporter.
"""

from __future__ import annotations

import json
import os
import pathlib
import sys
import threading

from oat import _native
from oat.exporters import SpanExporter
from oat.models import Span

STOP_SECONDS = 5.0


class Feed:
    """The thread that feeds an exporter."""

    def __init__(
        self, tracer: _native.Tracer, data_dir: pathlib.Path, exporter: SpanExporter, interval_s: float
    ) -> None:
        self.exporter = exporter
        self._tracer = tracer
        self._data_dir = data_dir
        self._interval_s = max(interval_s, 0.01)
        self._ended: list[bytes] = []
        self._store: _native.Store | None = None
        self._warned = False
        self._one_at_a_time = threading.Lock()
        self._wake = threading.Event()
        self._stopping = False
        tracer.tell(self._ended)
        self._thread = threading.Thread(target=self._run, name="oat-exporter", daemon=True)
        self._thread.start()

    def again(self) -> Feed:
        """The same feed in a forked child, which has neither the thread nor anything to export yet."""
        return Feed(self._tracer, self._data_dir, self.exporter, self._interval_s)

    def flush(self) -> bool:
        """Exports what has ended. Returns True when the exporter took all of it."""
        with self._one_at_a_time:
            ids, self._ended[:] = list(self._ended), []
            try:
                self._export(ids)
                return self.exporter.flush()
            except Exception as error:
                self._warn(error)
                return False

    def stop(self) -> None:
        """Exports what is left and shuts the exporter down."""
        self._stopping = True
        self._wake.set()
        self._thread.join(STOP_SECONDS)
        self._tracer.tell(None)
        if not self._thread.is_alive():
            self.flush()
        try:
            self.exporter.shutdown()
        except Exception as error:
            self._warn(error)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(self._interval_s)
            if not self._stopping:
                self.flush()

    def _export(self, ids: list[bytes]) -> None:
        by_trace: dict[str, set[str]] = {}
        for both in ids:
            by_trace.setdefault(both[:16].hex(), set()).add(both[16:].hex())
        if by_trace and self._store is None:
            self._store = _native.Store(os.fsencode(self._data_dir))
        for trace_id, span_ids in by_trace.items():
            text = self._store.trace(trace_id, True) if self._store else None
            for fields in json.loads(text)["spans"] if text else []:
                if fields["span_id"] in span_ids or fields.get("span_id_hex") in span_ids:
                    span = Span.from_json(fields)
                    self.exporter.export(span, span.inputs, span.outputs)

    def _warn(self, error: Exception) -> None:
        if not self._warned:
            self._warned = True
            print(f"oat: {self.exporter!r}: {type(error).__name__}: {error}", file=sys.stderr)
