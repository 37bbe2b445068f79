"""The tracer of the process: what it is configured by, when it is made, how it ends."""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import pathlib
import sys
import threading
from collections.abc import Collection, Mapping
from typing import Any

from oat import _native
from oat._feed import Feed
from oat._goodbye import say_goodbye
from oat._shipping import Shipping
from oat._simplify import error_text, ready, simplify
from oat.exporters import HTTPExporter, SpanExporter

_NOTHING = b"{}"

_lock = threading.RLock()
_tracer: Tracer | None = None
_code = _NOTHING  # what it was given by arguments


class Tracer:
    """Writes the spans of this process to a store. `get_tracer` makes it.

    Attributes:
        service_name: The service that spans are of; None: not said.
        data_dir: The directory of the store.
        error: Why nothing is recorded; None: all is well.
    """

    def __init__(self, config: _native.Config) -> None:
        self.service_name: str | None = config.service_name
        self.data_dir = pathlib.Path(config.data_dir)
        self.error: str | None = None
        self._config = config
        self._feed: Feed | Shipping | None = None
        self._native: _native.Tracer | None = None
        try:
            self._native = _native.Tracer(config, _redactor(config))
        except OSError as error:
            self.error = str(error)
            print(f"oat: nothing is recorded: {error}", file=sys.stderr)
        if config.export_url and config.export_enabled:
            self.exporter = HTTPExporter(
                config.export_url, token=config.export_token, batch_size=config.export_batch_size
            )

    @property
    def exporter(self) -> SpanExporter | None:
        """What is given each span that has ended, by a thread of its own; None: nothing.

        Setting another one shuts the one before down. For an `HTTPExporter` the store's files are shipped.
        """
        return self._feed.exporter if self._feed else None

    @exporter.setter
    def exporter(self, exporter: SpanExporter | None) -> None:
        if self._feed:
            self._feed.stop()
            self._feed = None
        if exporter is not None and self._native is not None:
            self._feed = _feed(self._native, self._config, exporter)

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
        if self._native is not None:
            self._native.close()
            self._native = None
        self.exporter = None  # has the files as they stay

    def stats(self) -> dict[str, Any]:
        """The counters of the writer: `spans`, `payload_bytes`, what was dropped and why, ..."""
        return self._native.stats() if self._native is not None else {"mode": "closed"}

    def __repr__(self) -> str:
        return f"<oat.Tracer {self.service_name or 'without a service'} in {self.data_dir}>"


def _redactor(config: _native.Config) -> object:
    """What looks for patterns; without it the tracer says so, and keeps no text where there are patterns."""
    if not config.redacts_patterns:
        return None
    try:
        from oat import _extra
    except ImportError:
        return None
    return _extra.redactor()


def _feed(native: _native.Tracer, config: _native.Config, exporter: SpanExporter) -> Feed | Shipping:
    """Ships the store for those who want its spans in a daemon, and feeds all others."""
    if type(exporter) is HTTPExporter:
        with contextlib.suppress(ImportError, OSError, ValueError):
            return Shipping(config, exporter)
    return Feed(native, config, exporter)


# What of tracer.yaml an argument is.
_KEYS = {
    "service_name": "service.name",
    "service_version": "service.version",
    "environment": "service.environment",
    "export_url": "export.remote.url",
    "export_enabled": "export.remote.enabled",
    "token": "export.remote.token",
    "export_interval": "export.remote.flush_interval",
    "batch_size": "export.remote.batch_size",
    "keep_local": "export.remote.keep_local",
    "flush_interval": "storage.flush_interval",
    "capture_input": "capture.input",
    "capture_output": "capture.output",
    "capture_max_bytes": "capture.max_bytes",
    "redact": "capture.redact",
    "redact_keys": "capture.redact_keys",
    "sampling_rate": "sampling.rate",
    "error_sampling": "sampling.error_sampling",
    "slow_trace_threshold_ms": "sampling.slow_trace_threshold_ms",
    "pricing": "pricing",
}


def _plain(value: Any) -> Any:
    """A value as YAML has it: numbers without exponents."""
    if isinstance(value, float):
        return f"{value:.9f}"
    if isinstance(value, Mapping):
        return {str(key): _plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (bool, int)) else str(value)


def _yaml(given: dict[str, Any]) -> bytes:
    """Arguments as the text of a tracer.yaml: JSON is YAML."""
    root: dict[str, Any] = {}
    for argument, value in given.items():
        *sections, key = _KEYS[argument].split(".")
        section = root
        for name in sections:
            section = section.setdefault(name, {})
        section[key] = _plain(value)
    return json.dumps(root, ensure_ascii=False).encode(errors="backslashreplace")


def get_tracer(
    service_name: str | None = None,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    export_url: str | None = None,
    token: str | None = None,
    batch_size: int | None = None,
    keep_local: bool | None = None,
    environment: str | None = None,
    service_version: str | None = None,
    auto_flush: bool = True,
    flush_interval: float | None = None,
    capture_input: bool | None = None,
    capture_output: bool | None = None,
    capture_max_bytes: int | None = None,
    redact: Collection[str | Mapping[str, str]] | None = None,
    redact_keys: bool | None = None,
    sampling_rate: float | None = None,
    error_sampling: float | None = None,
    slow_trace_threshold_ms: int | None = None,
    pricing: Mapping[str, Mapping[str, float]] | None = None,
    config: str | os.PathLike[str] | None = None,
) -> Tracer:
    r"""The tracer of this process; the first call makes it, or the first span that is traced.

    Without arguments it is the one there is. One with other settings takes its place; spans that run go on
    where they are. What an argument does not say, the environment says, then tracer.yaml, then a default
    (docs/configuration.md).

    Args:
        service_name: The service that spans are of.
        data_dir: The store; by default `.oat`.
        export_url: A daemon that is sent each span, too; "": none.
        token: The daemon's access token.
        batch_size: At most so many records in a request to it; 0: as many as fit.
        keep_local: Keep the files that the daemon has. False: they go when nothing more is written to them.
        environment: "production", "staging" ...
        service_version: An attribute of spans without a parent in this process.
        auto_flush: Make what has ended durable every `flush_interval`.
        flush_interval: Seconds; also until an exporter is given what has ended.
        capture_input: Keep inputs; else their length and hash.
        capture_output: Keep outputs, likewise.
        capture_max_bytes: Of a payload, the rest is cut off.
        redact: What is taken out of payloads besides access keys: "email", "card", patterns:
            {"name": "order", "pattern": r"ORD-\d+"}.
        redact_keys: Take access keys and passwords out.
        sampling_rate: The share of traces that is kept, 0 to 1.
        error_sampling: The share of the others that is kept if they fail.
        slow_trace_threshold_ms: The others are kept if they take longer.
        pricing: US dollars, by model: {"my-model": {"prompt_tokens_per_1k": 0.001, ...}}.
        config: The file to read in place of tracer.yaml.

    Returns:
        The tracer. It never fails: when nothing can be recorded, `error` says why.

    Raises:
        ValueError: A setting is wrong, and the settings say `strict`. Else a line on standard error says so.
    """
    given = {
        "service_name": service_name,
        "service_version": service_version,
        "environment": environment,
        "export_url": export_url or None,
        "export_enabled": None if export_url is None else bool(export_url),
        "token": token,
        "batch_size": batch_size,
        "keep_local": keep_local,
        "export_interval": flush_interval,
        "flush_interval": flush_interval if auto_flush else 0,
        "capture_input": capture_input,
        "capture_output": capture_output,
        "capture_max_bytes": capture_max_bytes,
        "redact": redact,
        "redact_keys": redact_keys,
        "sampling_rate": sampling_rate,
        "error_sampling": error_sampling,
        "slow_trace_threshold_ms": slow_trace_threshold_ms,
        "pricing": pricing,
    }
    code = _yaml({argument: value for argument, value in given.items() if value is not None})
    with _lock:
        if _tracer is not None and code == _NOTHING and data_dir is None and config is None:
            return _tracer
        return _use(_native.Config(os.fsencode(config or ""), os.fsencode(data_dir or ""), code), code)


def _is_same(one: _native.Config, other: _native.Config, code: bytes) -> bool:
    names = (name for name in dir(_native.Config) if not name.startswith("_"))
    return code == _code and all(getattr(one, name) == getattr(other, name) for name in names)


def _use(config: _native.Config, code: bytes) -> Tracer:
    global _tracer, _code
    before = _tracer
    if before is not None and before._native is not None and _is_same(before._config, config, code):
        return before
    if config.wrong:
        print(f"oat: {config.wrong}", file=sys.stderr)
    if before is None and config.instrumentation and config.targets:
        importlib.import_module("oat.integrations._targets").apply_targets(config.targets)
    _tracer, _code = Tracer(config), code
    _native.use_tracer(_tracer._native)
    if before is not None:
        before.exporter = None
        before._native = None  # closed by its last span
    return _tracer


def current_config() -> _native.Config:
    """How the tracer is configured, or would be if it were made now."""
    return _tracer._config if _tracer is not None else _native.Config(b"", b"", _NOTHING)


def _make() -> None:
    """The first span makes the tracer with the settings of the file and the environment."""
    if _tracer is not None:
        return
    try:
        get_tracer()
    except ValueError as error:  # strict; a function that is traced does not fail for it
        print(f"oat: nothing is recorded: {error}", file=sys.stderr)
        _native.use_tracer(None, True)


def _at_exit() -> None:
    tracer = _tracer
    _native.use_tracer(None, True)
    if tracer is None or tracer._native is None:
        return
    say_goodbye(tracer._native, tracer._config, tracer.flush)
    tracer.shutdown()


def _in_child() -> None:
    """Threads do not survive a fork; nothing of the child is to be exported yet."""
    global _lock
    _lock = threading.RLock()
    if _tracer is not None and _tracer._native is not None and _tracer._feed is not None:
        _tracer._feed = _feed(_tracer._native, _tracer._config, _tracer._feed.exporter)


_native.set_functions(_make, simplify, error_text, ready)
atexit.register(_at_exit)
os.register_at_fork(after_in_child=_in_child)
