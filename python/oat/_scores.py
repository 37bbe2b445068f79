"""Feedback and scores for traces and spans."""

from __future__ import annotations

from oat._context import get_current_trace_id
from oat._tracer import get_tracer


def score(
    name: str,
    value: float | None = None,
    *,
    label: str | None = None,
    comment: str | None = None,
    source: str = "code",
    trace_id: str | None = None,
    span_id: str | None = None,
) -> bool:
    """Scores a trace, or a span of it.

    Args:
        name: What is scored: "correctness".
        value: How well.
        label: A category instead, or besides: "pass".
        comment: Why.
        source: Who says so: "human", "code" or "llm".
        trace_id: Of which trace; the current one unless given.
        span_id: Of which span of it; the whole trace unless given.

    Returns:
        True when it is in the files.

    Raises:
        ValueError: There is no name, nothing that is said, or no trace.
    """
    if not name or (value is None and label is None):
        raise ValueError("a score needs a name, and a value or a label")
    return _add(name, value, label=label, comment=comment, source=source, trace_id=trace_id, span_id=span_id)


def _add(
    name: str,
    value: float | None,
    *,
    label: str | None = None,
    comment: str | None,
    source: str,
    trace_id: str | None,
    span_id: str | None = None,
) -> bool:
    trace_id = trace_id or get_current_trace_id()
    if trace_id is None:
        raise ValueError("a score needs a trace_id outside of any trace")
    native = get_tracer()._native
    return native is not None and native.score(trace_id, span_id, name, value, label, comment, source)


def feedback(score: int, comment: str | None = None, *, trace_id: str | None = None) -> bool:
    """A user's verdict on a trace, as `POST /traces/{id}/feedback` takes it.

    Args:
        score: -1, 0 or 1.
        comment: What the user says.
        trace_id: Of which trace; the current one unless given.

    Returns:
        True when it is in the files.
    """
    if score not in (-1, 0, 1):
        raise ValueError(f"feedback is -1, 0 or 1, not {score}")
    return _add("feedback", score, comment=comment, source="human", trace_id=trace_id)
