"""Hands spans that have ended to an exporter, on a thread of its own.

The disk is the queue: a traced function only leaves the ids of its span, and the thread reads the span as the
store has it, with its computed cost and its whole payloads. The agent never waits for an exporter.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time

from oat import _native
from oat.exporters import SpanExporter
from oat.models import Span

STOP_SECONDS = 5.0
_READ_AT_ONCE = 256
_TRACE_ID_BYTES = 16
_HELD_MAX = 10_000
_WAITING_MAX = 1_000_000
_UNDECIDED_MS = 60_000  # a trace that is never slow
_MORE_PATIENCE_SECONDS = 5.0


class Feed:
    """The thread that feeds an exporter."""

    def __init__(self, tracer: _native.Tracer, config: _native.Config, exporter: SpanExporter) -> None:
        self.exporter = exporter
        self._tracer = tracer
        self._config = config
        self._interval_s = max(config.export_interval_ms / 1000, 0.01)
        self._ended: list[bytes] = []
        self._held: list[tuple[float, bytes]] = []  # until when they are sought
        self._store: _native.Store | None = None
        self._is_behind = False  # the exporter
        self._warned = False
        self._one_at_a_time = threading.Lock()
        self._wake = threading.Event()
        self._stopping = False
        tracer.tell(self._ended)
        self._thread = threading.Thread(target=self._run, name="oat-exporter", daemon=True)
        self._thread.start()

    def flush(self) -> bool:
        """Exports what has ended. Returns True when the exporter took all of it."""
        with self._one_at_a_time:
            try:
                return self._pass_on()
            except Exception as error:
                self._warn(f"{type(error).__name__}: {error}")
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
            self._warn(f"{type(error).__name__}: {error}")

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(self._interval_s)
            if not self._stopping:
                self.flush()

    def _pass_on(self) -> bool:
        """Exports in pieces what has ended. An exporter that is behind is given nothing: names are small."""
        surplus = len(self._ended) - _WAITING_MAX
        if surplus > 0:
            del self._ended[:surplus]
            self._warn(f"more than {_WAITING_MAX} spans wait: the oldest are in the store only")
        if self._is_behind and not self.exporter.flush():
            return False
        for _ in range(len(self._ended) // _READ_AT_ONCE + 1):  # not what comes meanwhile
            names = self._ended[:_READ_AT_ONCE]
            del self._ended[: len(names)]
            self._export_or_hold(names)
            self._is_behind = not self.exporter.flush()
            if self._is_behind:
                return False
        return True

    def _export_or_hold(self, names: list[bytes]) -> None:
        """Hands on what is in the store, and later what sampling has held back and then kept."""
        now = time.monotonic()
        patience_s = 0.0
        if self._config.sampling_rate < 1:
            patience_s = (self._config.slow_trace_ms or _UNDECIDED_MS) / 1000 + _MORE_PATIENCE_SECONDS
        sought = [*self._held, *((now + patience_s, name) for name in names)]
        found = self._export([name for _, name in sought])
        missing = [one for one in sought if one[0] > now and one[1][_TRACE_ID_BYTES:].hex() not in found]
        self._held = missing[-_HELD_MAX:]

    def _export(self, names: list[bytes]) -> set[str]:
        """Hands on the spans that have these trace and span ids. Returns the span ids that there are."""
        found = set()
        by_trace: dict[bytes, list[bytes]] = {}
        for name in names:
            by_trace.setdefault(name[:_TRACE_ID_BYTES], []).append(name)
        grouped = [name for of_trace in by_trace.values() for name in sorted(of_trace)]
        for at in range(0, len(grouped), _READ_AT_ONCE):
            if self._store is None:
                self._store = _native.Store(os.fsencode(self._config.data_dir))
            text = self._store.named(b"".join(grouped[at : at + _READ_AT_ONCE]))
            for fields in json.loads(text):
                found.add(fields.get("span_id_hex") or fields["span_id"])
                span = Span.from_json(fields)
                self.exporter.export(span, span.inputs, span.outputs)
        return found

    def _warn(self, what: str) -> None:
        if not self._warned:
            self._warned = True
            print(f"oat: {self.exporter!r}: {what}", file=sys.stderr)
