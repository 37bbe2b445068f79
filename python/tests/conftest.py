"""A store for each test."""

from __future__ import annotations

import pathlib
import uuid
from collections.abc import Iterator

import oat
import pytest
from oat import models


class Recorded:
    """What the code under test has recorded so far."""

    def __init__(self, data_dir: pathlib.Path) -> None:
        self.data_dir = data_dir

    def traces(self) -> list[models.Trace]:
        """All traces with spans and payloads, the oldest first."""
        with oat.open(self.data_dir) as store:
            found = [store.trace(trace.trace_id) for trace in store.traces(sort="start", limit=1000)]
        return [trace for trace in found if trace is not None]

    def spans(self) -> list[models.Span]:
        """The spans of all traces, in the order of their trees."""
        return [span for trace in self.traces() for span in trace.spans]

    def span(self, name: str) -> models.Span:
        """The only span of that name."""
        found = [span for span in self.spans() if span.name == name]
        assert len(found) == 1, [span.name for span in self.spans()]
        return found[0]


@pytest.fixture
def recorded(tmp_path: pathlib.Path) -> Iterator[Recorded]:
    """A tracer that writes to a store of the test's own."""
    tracer = oat.get_tracer(service_name=f"test-{uuid.uuid4().hex[:8]}", data_dir=tmp_path / "store")
    yield Recorded(tmp_path / "store")
    tracer.shutdown()
