"""Spans of frameworks that tell what they run by ids of their own, beside the current span of the context."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Hashable
from typing import Any

from oat._native import Scope, Span, current_span
from oat._trace import span as make_span
from oat.integrations._calls import awaited


@dataclasses.dataclass
class _Run:
    span: Span
    around: Span | None  # what was current when it began
    scope: Scope | None  # that put it below its parent, when what was current did not
    started: float = dataclasses.field(default_factory=time.perf_counter)
    has_begun: bool = False
    detached: bool = False


class Runs:
    """The runs of a framework that have begun and not ended.

    A run's span is current in the context that it began in, so that what is traced within it is its child.
    """

    def __init__(self) -> None:
        self._open: dict[Hashable, _Run] = {}

    def start(self, run_id: Hashable, parent_id: Hashable, name: str, span_type: str, **options: Any) -> Span:
        """Starts the span of a run.

        Args:
            run_id: What the framework calls it.
            parent_id: What it calls the run that this is a part of; None, or unknown: the current span is.
            name: Of the span.
            span_type: Of the span.
            options: As of `oat.span`.
        """
        around = current_span()
        scope = self._scope(self._open.get(parent_id), around)
        if scope is not None:
            scope.enter()
        span = make_span(name, span_type, **options)
        span.__enter__()
        self._open[run_id] = _Run(span, around, scope)
        return span

    def _scope(self, parent: _Run | None, current: Span | None) -> Scope | None:
        """What makes the parent's place the current one; None: it is, or what is current is within it."""
        if parent is None or current is parent.span or parent.span.traceparent is None:
            return None
        elsewhere = (
            current is None
            or current is parent.around
            or current.trace_id != parent.span.trace_id
            or any(run.span is current for run in list(self._open.values()))
        )
        return Scope(None, None, None, None, None, parent.span.traceparent) if elsewhere else None

    def get(self, run_id: Hashable) -> Span | None:
        """The span of a run that has not ended."""
        run = self._open.get(run_id)
        return run.span if run else None

    def detach(self, run_id: Hashable) -> None:
        """The run goes on while its caller does: its span is not current any more; the next call of a model
        belongs to it all the same."""
        run = self._open.get(run_id)
        if run is not None:
            run.detached = True
            run.span._suspend()
            self._leave(run)
            awaited.set(run.span)

    def is_detached(self, run_id: Hashable) -> bool:
        """True when `detach` was called for a run that has not ended."""
        run = self._open.get(run_id)
        return run is not None and run.detached

    def note_piece(self, run_id: Hashable) -> None:
        """A piece of a streamed answer came; the first one's time is kept."""
        run = self._open.get(run_id)
        if run is not None and not run.has_begun:
            run.has_begun = True
            awaited.set(None)
            run.span._set_ttft(time.perf_counter() - run.started)

    def end(self, run_id: Hashable) -> None:
        """Ends the span of a run."""
        run = self._open.pop(run_id, None)
        if run is not None:
            run.span.end()
            self._leave(run)

    def fail(self, run_id: Hashable, error: BaseException) -> None:
        """Ends the span of a run that an exception ended."""
        run = self._open.pop(run_id, None)
        if run is not None:
            run.span._fail(error)
            self._leave(run)

    def _leave(self, run: _Run) -> None:
        if run.scope is not None:
            run.scope.leave()
