"""Guardrails: checks whose spans say whether they stepped in, and what they do then."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable, TypeVar, overload

from oat._native import current_span
from oat._trace import trace

_F = TypeVar("_F", bound=Callable[..., Any])
_VERDICTS = ("triggered", "tripwire_triggered", "blocked", "flagged")


def is_triggered(result: Any) -> bool | None:
    """Whether a guardrail stepped in, by what it returned; None: that does not say.

    A bool is the answer to "may it pass?". A dict or an object says it by a member `triggered`,
    `tripwire_triggered`, `blocked` or `flagged`.
    """
    if isinstance(result, bool):
        return not result
    for name in _VERDICTS:
        verdict = result.get(name) if isinstance(result, dict) else getattr(result, name, None)
        if isinstance(verdict, bool):
            return verdict
    return None


def _note(triggered: bool | None) -> None:
    span = current_span()
    if span is not None and triggered is not None:
        span.metadata["guardrail.triggered"] = triggered


@overload
def trace_guardrail(function: _F, /) -> _F: ...
@overload
def trace_guardrail(
    name: str | None = None,
    /,
    *,
    action: str | None = None,
    metadata: dict[str, Any] | None = None,
    capture_input: bool = True,
    capture_output: bool = True,
) -> Callable[[_F], _F]: ...
@overload
def trace_guardrail(
    *,
    name: str | None = None,
    action: str | None = None,
    metadata: dict[str, Any] | None = None,
    capture_input: bool = True,
    capture_output: bool = True,
) -> Callable[[_F], _F]: ...
def trace_guardrail(
    function: Callable[..., Any] | str | None = None,
    /,
    *,
    name: str | None = None,
    action: str | None = None,
    metadata: dict[str, Any] | None = None,
    capture_input: bool = True,
    capture_output: bool = True,
) -> Any:
    """As `trace`, for guardrails: the attribute `guardrail.triggered` says whether it stepped in.

    That is known when the function raises (it did), returns a bool (True: all is well), or something with a
    member `triggered`, `tripwire_triggered`, `blocked` or `flagged`.

    Args:
        function: The function, when the decorator stands bare; a text stands for `name=`.
        name: The span's name; the function's qualified name unless given.
        action: What is done: "check", "block", "redact"; the attribute `guardrail.action`.
        metadata: Attributes of every span.
        capture_input: Record the arguments.
        capture_output: Record the result.

    Returns:
        The traced function, or a decorator that makes one.
    """
    if isinstance(function, str):
        name, function = function, None
    attributes = {"guardrail.action": action} if action else {}

    def decorate(wrapped: Callable[..., Any]) -> Any:
        return trace(
            name=name,
            span_type="guardrail",
            metadata={**attributes, **(metadata or {})} or None,
            capture_input=capture_input,
            capture_output=capture_output,
        )(_judged(wrapped))

    return decorate if function is None else decorate(function)


def _judged(function: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def judged_later(*args: Any, **kwargs: Any) -> Any:
            try:
                result = await function(*args, **kwargs)
            except Exception:
                _note(True)
                raise
            _note(is_triggered(result))
            return result

        return judged_later

    @functools.wraps(function)
    def judged(*args: Any, **kwargs: Any) -> Any:
        try:
            result = function(*args, **kwargs)
        except Exception:
            _note(True)
            raise
        _note(is_triggered(result))
        return result

    return judged
