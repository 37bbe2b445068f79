"""Where spans go besides the store.

An exporter is given every span after it has ended, on a thread of its own: `tracer.exporter = MyExporter()`.
"""

from __future__ import annotations

import abc
import json
import random
import sys
import time
import urllib.error
import urllib.request
from typing import Any, TextIO

from oat.models import Span

LOCAL_DAEMON = "http://127.0.0.1:8787"

_BATCH_BYTES = 4 << 20
_TIMEOUT_SECONDS = 5.0
_BACKOFF_SECONDS = (0.5, 30.0)
_RETRIED = (408, 429, 500, 502, 503, 504)


class SpanExporter(abc.ABC):
    """What an exporter is. One thread at a time calls its methods; what they raise is reported once."""

    @abc.abstractmethod
    def export(self, span: Span, inputs: Any = None, outputs: Any = None) -> None:
        """Takes a span that has ended.

        Args:
            span: The span as the store has it.
            inputs: Its input whole, parsed when it is JSON.
            outputs: Its output, likewise.
        """

    def flush(self) -> bool:
        """Passes on what was taken. Called after each batch.

        Returns:
            True when nothing is left. After False it is given nothing more until a later call returns True:
            the store keeps what waits.
        """
        return True

    @abc.abstractmethod
    def shutdown(self) -> None:
        """Passes on what is left and lets go of everything."""


class ConsoleExporter(SpanExporter):
    """Prints a line a span.

    Args:
        stream: Where to; standard error unless given.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def export(self, span: Span, inputs: Any = None, outputs: Any = None) -> None:
        """Prints it."""
        parts = [f"{span.span_type:<9} {span.name!r} {span.status}"]
        if span.duration_ms is not None:
            parts.append(f"{span.duration_ms:.1f} ms")
        if span.total_cost is not None:
            parts.append(f"${span.total_cost:.6f}")
        print(*parts, file=self._stream)

    def shutdown(self) -> None:
        """Nothing is left."""

    def __repr__(self) -> str:
        return "ConsoleExporter()"


class HTTPExporter(SpanExporter):
    """Sends what is recorded to a daemon; `get_tracer(export_url=url)` sets one.

    The tracer ships the files of its store there, as `oat ship` does: nothing is lost, however long the
    daemon is away and however the process ends (docs/python.md, Exporters). Where it cannot, because the
    package was built without libcurl or the URL is http to another machine, this class posts the spans.

    Args:
        url: The daemon: "http://localhost:8787".
        token: Its access token.
        batch_size: At most so many records or spans in a request; 0: as many as fit.
    """

    def __init__(self, url: str, token: str | None = None, batch_size: int = 0) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self.dropped = 0
        self.batch_size = batch_size
        self._texts: list[bytes] = []
        self._backoff_s = _BACKOFF_SECONDS[0]
        self._not_before = 0.0

    def export(self, span: Span, inputs: Any = None, outputs: Any = None) -> None:
        """Takes a span into the next batch."""
        self._texts.append(json.dumps(span.raw).encode())

    def flush(self) -> bool:
        """Sends what was taken, unless the daemon was away a moment ago."""
        while self._texts and time.monotonic() >= self._not_before:
            count = self._batch()
            if not self._send(self._texts[:count]):
                return False
            del self._texts[:count]
        return not self._texts

    def shutdown(self) -> None:
        """Tries once more."""
        self._not_before = 0.0
        self.flush()

    def _batch(self) -> int:
        size, most = 0, self.batch_size or len(self._texts)
        for count, text in enumerate(self._texts[:most]):
            size += len(text)
            if size > _BATCH_BYTES and count > 0:
                return count
        return min(len(self._texts), most)

    def _send(self, texts: list[bytes]) -> bool:
        """True when they are done with: taken, or refused for good."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = b"[" + b",".join(texts) + b"]"
        request = urllib.request.Request(f"{self.url}/ingest", data=body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):
                self._backoff_s = _BACKOFF_SECONDS[0]
                return True
        except urllib.error.HTTPError as error:
            with error:
                if error.code not in _RETRIED:
                    self.dropped += len(texts)
                    return True
                self._wait(error.headers.get("Retry-After"))
        except OSError:
            self._wait(None)
        return False

    def _wait(self, retry_after: str | None) -> None:
        seconds = self._backoff_s * random.uniform(0.5, 1.0)
        if retry_after and retry_after.isdigit():
            seconds = max(seconds, float(retry_after))
        self._not_before = time.monotonic() + seconds
        self._backoff_s = min(self._backoff_s * 2, _BACKOFF_SECONDS[1])

    def __repr__(self) -> str:
        return f"HTTPExporter({self.url!r})"
