"""What is current: the span, the trace, and what holds for all spans of a block."""

from __future__ import annotations

import contextvars
import functools
from types import TracebackType
from typing import Any, Callable, TypeVar

from oat._native import Scope, Span, current_place, current_span, leave_places

_R = TypeVar("_R")


def get_current_span() -> Span | None:
    """The span whose code runs now, or None."""
    return current_span()


def get_current_trace_id() -> str | None:
    """The id of the trace that runs now: 32 hex digits, or the text that `set_trace_id` was given."""
    place = current_place()
    return place[0] if place else None


def get_traceparent() -> str | None:
    """The W3C `traceparent` header for a request that is made now, or None outside of any trace."""
    place = current_place()
    return place[1] if place else None


def set_trace_id(trace_id: str | None) -> None:
    """Has the spans that start from now on in this context join a trace, as one that another service began.

    It holds until the span that runs now has ended; outside of any span, until it is set again.

    Args:
        trace_id: 32 hex digits, a UUID or any other text; or a W3C `traceparent`, to be below its span.
            None: what was set so does not hold any more.

    Raises:
        ValueError: It is empty, or of more than 4,096 bytes.
    """
    if trace_id is None:
        leave_places()
    else:
        Scope(None, None, None, None, None, trace_id).enter()


class context:
    """Says for all spans that start within a `with` or `async with` block whom and what they are for.

    Args:
        session_id: The conversation.
        user_id: Whom for.
        metadata: Attributes.
        prompt: The prompt in use: its name, or name and version.
        trace_id: The trace to join: see `set_trace_id`.
    """

    def __init__(
        self,
        *,
        session_id: str | None = None,
        user_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        prompt: str | tuple[str, int] | None = None,
        trace_id: str | None = None,
    ) -> None:
        name, version = prompt if isinstance(prompt, tuple) else (prompt, None)
        self._scope = Scope(session_id, user_id, metadata, name, version, trace_id)

    def __enter__(self) -> None:
        self._scope.enter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._scope.leave()

    async def __aenter__(self) -> None:
        self._scope.enter()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._scope.leave()


class _Carried:
    """A function with the place it was taken at; pickled, it takes that to another process."""

    def __init__(self, function: Callable[..., Any], traceparent: str | None) -> None:
        self._function = function
        self._traceparent = traceparent
        self._context: contextvars.Context | None = None
        functools.update_wrapper(self, function, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._context is not None:
            return self._context.copy().run(self._function, *args, **kwargs)
        if self._traceparent is None:
            return self._function(*args, **kwargs)
        with context(trace_id=self._traceparent):
            return self._function(*args, **kwargs)

    def __reduce__(self) -> Any:
        return _Carried, (self._function, self._traceparent)


def carry(function: Callable[..., _R]) -> Callable[..., _R]:
    """The function with the current span taken along, for a thread, a pool or another process.

    Threads begin without a current span: `Thread(target=oat.carry(work))`, `pool.submit(oat.carry(work), x)`.
    What is carried can be pickled when the function can.
    """
    carried = _Carried(function, get_traceparent())
    carried._context = contextvars.copy_context()
    return carried
