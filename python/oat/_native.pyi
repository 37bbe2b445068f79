"""The extension module: python/native of the source tree. Private to the package but for Span."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Literal

version: str

class Span:
    """A span: one operation of an agent. `oat.span()` makes one; ids are None before its start."""

    @property
    def trace_id(self) -> str | None: ...
    @property
    def span_id(self) -> str | None: ...
    @property
    def traceparent(self) -> str | None: ...
    @property
    def name(self) -> str: ...
    @property
    def span_type(self) -> str: ...
    @property
    def is_recording(self) -> bool: ...
    metadata: dict[str, Any]
    def __enter__(self) -> Span: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> Literal[False]: ...
    def __aenter__(self) -> Awaitable[Span]: ...
    def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> Awaitable[Literal[False]]: ...
    def end(self) -> None: ...
    def set_input(self, value: object, /) -> None: ...
    def set_output(self, value: object, /) -> None: ...
    def set_error(self, error: object, /) -> None: ...
    def set_usage(self, usage: object = None, /, **counts: float | None) -> None: ...
    def set_prompt(self, name: str, version: int = 0, /) -> None: ...
    def add_event(self, name: str, /, attributes: dict[str, Any] | None = None) -> None: ...
    def _set_field(self, name: str, value: object, /) -> None: ...
    def _set_call_id(self, value: object, /) -> None: ...
    def _set_ttft(self, seconds: float, /) -> None: ...
    def _finish(self, result: object, /) -> None: ...
    def _fail(self, error: BaseException, /) -> None: ...
    def _suspend(self) -> None: ...
    def _resume(self) -> None: ...

class Site:
    def __init__(
        self,
        name: str,
        span_type: str,
        fields: dict[str, str] | None = None,
        metadata: dict[str, Any] | None = None,
        capture_input: bool = True,
        capture_output: bool = True,
        params: tuple[str, ...] = (),
        rest: str | None = None,
        /,
    ) -> None: ...
    def start(self, args: tuple[Any, ...] | None = None, kwargs: dict[str, Any] | None = None, /) -> Span: ...
    def span(self) -> Span: ...

class Scope:
    def __init__(
        self,
        session_id: object = None,
        user_id: object = None,
        metadata: dict[str, Any] | None = None,
        prompt_name: str | None = None,
        prompt_version: int | None = None,
        trace_id: str | None = None,
        once: bool = False,
        /,
    ) -> None: ...
    def enter(self) -> None: ...
    def leave(self) -> None: ...

class Config:
    """Raises ValueError when something is wrong and the settings say strict; else `wrong` has it.

    path: of a tracer.yaml; b"": the one that is found. data_dir: b"": not given. yaml: what else code gives.
    """

    def __init__(self, path: bytes, data_dir: bytes, yaml: bytes, /) -> None: ...
    data_dir: str
    service_name: str | None
    service_version: str | None
    environment: str | None
    flush_interval_ms: int
    capture_input: bool
    capture_output: bool
    capture_max_bytes: int
    redact_keys: bool
    redact_emails: bool
    redact_cards: bool
    redacts_patterns: bool
    export_enabled: bool
    export_url: str | None
    export_token: str | None
    export_interval_ms: int
    export_batch_size: int
    export_keep_local: bool
    sampling_rate: float
    error_sampling: float
    slow_trace_ms: int
    instrumentation: bool
    targets: list[tuple[str, str, str | None]]
    wrong: str

class Tracer:
    def __init__(self, config: Config, redactor: object, /) -> None: ...
    def flush(self) -> bool: ...
    def close(self) -> None: ...
    def stats(self) -> dict[str, Any]: ...
    def summary(self) -> tuple[int, int, int, list[bytes]]: ...
    def score(
        self,
        trace_id: str,
        span_id: str | None,
        name: str,
        value: float | None,
        label: str | None,
        comment: str | None,
        source: str | None,
        /,
    ) -> bool: ...
    def take_otlp(self, request: bytes, /) -> int: ...
    def tell(self, ended: list[bytes] | None, /) -> None: ...

class Store:
    def __init__(self, data_dir: bytes, /) -> None: ...
    def traces(
        self, filter: str, status: str, from_ns: int, to_ns: int, sort: str, limit: int, offset: int, /
    ) -> bytes: ...
    def trace(self, trace_id: str, payloads: bool, /) -> bytes | None: ...
    def spans(
        self, filter: str, from_ns: int, to_ns: int, limit: int, offset: int, payloads: bool, /
    ) -> bytes: ...
    def named(self, names: bytes, /) -> bytes: ...
    def query(
        self,
        filter: str,
        from_ns: int,
        to_ns: int,
        every_ns: int,
        group_by: tuple[str, ...],
        aggregates: tuple[str, ...],
        having: str,
        sort: tuple[str, ...],
        limit: int,
        /,
    ) -> bytes: ...
    def close(self) -> None: ...

def use_tracer(tracer: Tracer | None, closed: bool = False, /) -> None: ...
def set_functions(
    make_tracer: Callable[[], None],
    simplify: Callable[[Any], Any],
    error_text: Callable[[BaseException], str | None],
    ready: Callable[[Any], Awaitable[Any]],
    /,
) -> None: ...
def current_span() -> Span | None: ...
def current_place() -> tuple[str, str] | None: ...
def leave_places() -> None: ...
def captured(value: object, /) -> bytes: ...
