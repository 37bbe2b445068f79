"""Reading a store: `oat.open()`."""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Union

from oat import _native
from oat._tracer import current_config
from oat.models import Span, Trace

Time = Union[float, datetime.datetime, datetime.timedelta, None]


def _ns(when: Time) -> int:
    """Seconds since the epoch, a datetime, or a timedelta before now; None is 0."""
    if when is None:
        return 0
    if isinstance(when, datetime.timedelta):
        when = time.time() - when.total_seconds()
    if isinstance(when, datetime.datetime):
        when = when.timestamp()
    return max(int(when * 1e9), 0)


class Store:
    """A store that is read, beside agents that write to it. A question is about what is committed by then.

    Safe to use from several threads, which are answered one after the other.

    Args:
        data_dir: The directory; else the one that the tracer writes to, or would.

    Raises:
        FileNotFoundError: There is no store.
    """

    def __init__(self, data_dir: str | os.PathLike[str] | None = None) -> None:
        self.data_dir = pathlib.Path(data_dir or current_config().data_dir)
        self._native = _native.Store(os.fsencode(self.data_dir))
        self._lock = threading.Lock()

    def traces(
        self,
        filter: str = "",
        *,
        status: str | None = None,
        since: Time = None,
        until: Time = None,
        sort: str = "-start",
        limit: int = 50,
        offset: int = 0,
    ) -> list[Trace]:
        """Traces of which a span matches.

        Args:
            filter: `type = llm and cost > 0.01` (docs/filter.md); all unless given.
            status: Only of this status.
            since: Only those that started from then on; a timedelta counts back from now.
            until: Only those that started before.
            sort: start, duration, cost, tokens, spans or errors; a minus: the greatest first.
            limit: How many at most.
            offset: How many are passed over.

        Raises:
            ValueError: The filter, the status or the order is none.
        """
        with self._lock:
            text = self._native.traces(filter, status or "", _ns(since), _ns(until), sort, limit, offset)
        return [Trace.from_json(members) for members in json.loads(text)]

    def trace(self, trace_id: str, *, payloads: bool = True) -> Trace | None:
        """One trace with its spans in the order of its tree; None: there is none.

        Args:
            trace_id: Its id, the text it was given as, or 8 or more digits that begin it.
            payloads: With `inputs` and `outputs` whole.
        """
        with self._lock:
            text = self._native.trace(trace_id, payloads)
        return Trace.from_json(json.loads(text)) if text is not None else None

    def spans(
        self,
        filter: str = "",
        *,
        since: Time = None,
        until: Time = None,
        limit: int = 50,
        offset: int = 0,
        payloads: bool = False,
    ) -> list[Span]:
        """Spans that match, the newest first. Arguments as of `traces` and `trace`."""
        with self._lock:
            text = self._native.spans(filter, _ns(since), _ns(until), limit, offset, payloads)
        return [Span.from_json(members) for members in json.loads(text)]

    def query(
        self,
        aggregates: Sequence[str] = ("count",),
        *,
        filter: str = "",
        group_by: Sequence[str] = (),
        every: float = 0,
        since: Time = None,
        until: Time = None,
        having: str = "",
        sort: Sequence[str] = (),
        limit: int = 1000,
    ) -> list[dict[str, Any]]:
        """Counts, sums and percentiles over spans: docs/query.md has the names.

        Args:
            aggregates: "count", "sum:total_cost", "p95:duration_ms" ...
            filter: Over these spans; all unless given.
            group_by: "model", "span_type", "attributes.tier" ...
            every: Seconds: group by time, too.
            since: As of `traces`.
            until: As of `traces`.
            having: A condition on the rows: "count > 10".
            sort: Columns; a minus: the greatest first.
            limit: How many rows at most.

        Returns:
            A dict a row, by column.

        Raises:
            ValueError: A name, the filter or the condition is none.
        """
        with self._lock:
            text = self._native.query(
                filter,
                _ns(since),
                _ns(until),
                int(every * 1e9),
                tuple(group_by),
                tuple(aggregates),
                having,
                tuple(sort),
                limit,
            )
        answer = json.loads(text)
        names = [column["name"] for column in answer["columns"]]
        return [dict(zip(names, row)) for row in answer["rows"]]

    def close(self) -> None:
        """Lets the files go."""
        with self._lock:
            self._native.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<oat.Store {self.data_dir}>"


def open(data_dir: str | os.PathLike[str] | None = None) -> Store:  # noqa: A001
    """Opens a store for reading: see `Store`."""
    return Store(data_dir)
