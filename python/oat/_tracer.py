"""The tracer of the process: what it is configured by, when it is made, how it ends."""

from __future__ import annotations

import atexit
import os
import pathlib
import sys
import threading
from typing import Any

from oat import _native
from oat._feed import Feed
from oat._goodbye import say_goodbye
from oat._simplify import error_text, ready, simplify
from oat.exporters import HTTPExporter, SpanExporter

_lock = threading.RLock()
_tracer: Tracer | None = None


class Tracer:
    """Writes the spans of this process to a store. `get_tracer` makes it.

    Attributes:
        service_name: The service that spans are of; None: not said.
        data_dir: The directory of the store.
        error: Why nothing is recorded; None: all is well.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self.service_name: str | None = settings["service_name"]
        self.data_dir: pathlib.Path = settings["data_dir"]
        self.error: str | None = None
        self._settings = settings
        self._feed: Feed | None = None
        self._native: _native.Tracer | None = None
        try:
            self._native = _native.Tracer(
                os.fsencode(self.data_dir),
                self.service_name,
                settings["environment"],
                settings["flush_interval"] if settings["auto_flush"] else 0.0,
                settings["capture_input"],
                settings["capture_output"],
                settings["sampling_rate"],
            )
        except OSError as error:
            self.error = str(error)
            print(f"oat: nothing is recorded: {error}", file=sys.stderr)
        if settings["export_url"]:
            self.exporter = HTTPExporter(settings["export_url"], token=settings["token"])

    @property
    def exporter(self) -> SpanExporter | None:
        """What is given each span that has ended, by a thread of its own; None: nothing.

        Setting another one shuts the one before down.
        """
        return self._feed.exporter if self._feed else None

    @exporter.setter
    def exporter(self, exporter: SpanExporter | None) -> None:
        if self._feed:
            self._feed.stop()
            self._feed = None
        if exporter is not None and self._native is not None:
            self._feed = Feed(self._native, self.data_dir, exporter, self._settings["flush_interval"])

    def flush(self) -> bool:
        """Makes all that has ended durable, and has the exporter take it.

        Returns:
            True when both succeeded.
        """
        if self._native is None:
            return False
        done = self._native.flush()
        return (self._feed is None or self._feed.flush()) and done

    def shutdown(self) -> None:
        """Flushes and lets the files go. Spans that still run are shown as interrupted."""
        self.exporter = None
        if self._native is not None:
            self._native.close()
            self._native = None

    def stats(self) -> dict[str, Any]:
        """The counters of the writer: `spans`, `payload_bytes`, what was dropped and why, ..."""
        return self._native.stats() if self._native is not None else {"mode": "closed"}

    def __repr__(self) -> str:
        return f"<oat.Tracer {self.service_name or 'without a service'} in {self.data_dir}>"


def _setting(given: Any, variable: str, default: Any) -> Any:
    if given is not None:
        return given
    return os.environ.get(variable) or default


def _export_url(given: str | None) -> str | None:
    if given is not None:
        return given or None
    enabled = os.environ.get("OAT_EXPORT_ENABLED", "true").lower() not in ("false", "0", "no", "off")
    return os.environ.get("OAT_EXPORT_URL") or None if enabled else None


def _rate(given: float | None) -> float:
    try:
        rate = float(_setting(given, "OAT_SAMPLING_RATE", 1.0))
    except ValueError:
        print(f"oat: OAT_SAMPLING_RATE={os.environ['OAT_SAMPLING_RATE']}: expected 0 to 1", file=sys.stderr)
        return 1.0
    return min(max(rate, 0.0), 1.0)


def get_tracer(
    service_name: str | None = None,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    export_url: str | None = None,
    token: str | None = None,
    environment: str | None = None,
    auto_flush: bool = True,
    flush_interval: float = 1.0,
    capture_input: bool = True,
    capture_output: bool = True,
    sampling_rate: float | None = None,
) -> Tracer:
    """The tracer of this process; the first call makes it, or the first span that is traced.

    Without arguments it is the one there is. One with other settings takes its place; spans that run go on
    where they are.

    Args:
        service_name: The service that spans are of; else OAT_SERVICE_NAME.
        data_dir: The store; else OAT_DATA_DIR, else `.oat`.
        export_url: A daemon that is sent each span, too; else OAT_EXPORT_URL.
        token: The daemon's access token; else OAT_TOKEN.
        environment: "production", "staging" ...; else OAT_ENVIRONMENT.
        auto_flush: Make what has ended durable every `flush_interval`.
        flush_interval: Seconds.
        capture_input: Record the arguments of traced functions.
        capture_output: Record their results.
        sampling_rate: The share of traces that is kept, 0 to 1; else OAT_SAMPLING_RATE, else all.

    Returns:
        The tracer. It never fails: when nothing can be recorded, `error` says why.
    """
    given = (service_name, data_dir, export_url, token, environment, sampling_rate)
    with _lock:
        asked = any(value is not None for value in given) or not auto_flush or flush_interval != 1.0
        if _tracer is not None and not (asked or not capture_input or not capture_output):
            return _tracer
        settings = {
            "service_name": _setting(service_name, "OAT_SERVICE_NAME", None),
            "data_dir": pathlib.Path(_setting(data_dir, "OAT_DATA_DIR", ".oat")),
            "export_url": _export_url(export_url),
            "token": _setting(token, "OAT_TOKEN", None),
            "environment": _setting(environment, "OAT_ENVIRONMENT", None),
            "auto_flush": auto_flush,
            "flush_interval": flush_interval,
            "capture_input": capture_input,
            "capture_output": capture_output,
            "sampling_rate": _rate(sampling_rate),
        }
        return _use(settings)


def _use(settings: dict[str, Any]) -> Tracer:
    global _tracer
    if _tracer is not None and _tracer._settings == settings and _tracer._native is not None:
        return _tracer
    before = _tracer
    _tracer = Tracer(settings)
    _native.use_tracer(_tracer._native)
    if before is not None:
        before.exporter = None
        before._native = None  # closed by its last span
    return _tracer


def _make() -> None:
    """The first span makes the tracer with the settings of the environment."""
    if _tracer is None:
        get_tracer()


def _at_exit() -> None:
    tracer = _tracer
    _native.use_tracer(None, True)
    if tracer is None or tracer._native is None:
        return
    tracer.exporter = None
    say_goodbye(tracer._native, tracer.data_dir)
    tracer.shutdown()


def _in_child() -> None:
    """Threads do not survive a fork."""
    global _lock
    _lock = threading.RLock()
    if _tracer is not None and _tracer._feed is not None:
        _tracer._feed = _tracer._feed.again()


_native.set_functions(_make, simplify, error_text, ready)
atexit.register(_at_exit)
os.register_at_fork(after_in_child=_in_child)
