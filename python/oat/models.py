"""Spans and traces as they are read: what exporters are given and what `oat.open` answers."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

_Model = TypeVar("_Model")


def _from_json(model: type[_Model], members: dict[str, Any]) -> _Model:
    """Fields have the names of members; what there is no field for is in `raw` alone."""
    names = {field.name for field in dataclasses.fields(model)}  # type: ignore[arg-type]
    fields = {name: value for name, value in members.items() if name in names}
    return model(**{**fields, "raw": members})


@dataclasses.dataclass
class Span:
    """One operation of an agent. What was not reported is None.

    Attributes:
        usage: `prompt_tokens`, `completion_tokens`, `total_tokens`, `total_cost` (USD) and more.
        inputs: The input whole, parsed when it is JSON; in lists only when payloads were asked for.
        outputs: The output, likewise.
        raw: All members as they were read.
    """

    span_id: str
    trace_id: str
    name: str
    span_type: str
    status: str
    start_time: float
    parent_span_id: str | None = None
    end_time: float | None = None
    duration_ms: float | None = None
    model: str | None = None
    provider: str | None = None
    service: str | None = None
    environment: str | None = None
    agent: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    operation: str | None = None
    prompt_name: str | None = None
    prompt_version: int | None = None
    error: str | None = None
    ttft_ms: float | None = None
    usage: dict[str, Any] | None = None
    attributes: dict[str, Any] | None = None
    events: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    links: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    scores: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    input_preview: str | None = None
    output_preview: str | None = None
    inputs: Any = None
    outputs: Any = None
    raw: dict[str, Any] = dataclasses.field(default_factory=dict, repr=False)

    @classmethod
    def from_json(cls, members: dict[str, Any]) -> Span:
        """Makes one from an object of the HTTP interface or of `oat --json`."""
        return _from_json(cls, members)

    @property
    def metadata(self) -> dict[str, Any]:
        """The attributes."""
        return self.attributes or {}

    @property
    def cost_source(self) -> str | None:
        """Where the cost is from: reported, computed, or unpriced: there is usage, but no price is known."""
        return (self.usage or {}).get("cost_source")

    @property
    def total_cost(self) -> float | None:
        """US dollars; None: not known."""
        return (self.usage or {}).get("total_cost")


@dataclasses.dataclass
class Trace:
    """One run of an agent. `spans` is filled when one trace is read, not in lists."""

    trace_id: str
    status: str
    start_time: float
    name: str | None = None
    end_time: float | None = None
    duration_ms: float | None = None
    service: str | None = None
    agent: str | None = None
    model: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    total_cost: float | None = None
    total_tokens: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    llm_calls: int = 0
    tool_calls: int = 0
    span_count: int = 0
    error_count: int = 0
    depth: int = 0
    scores: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    spans: list[Span] = dataclasses.field(default_factory=list)
    raw: dict[str, Any] = dataclasses.field(default_factory=dict, repr=False)

    @classmethod
    def from_json(cls, members: dict[str, Any]) -> Trace:
        """Makes one from an object of the HTTP interface or of `oat --json`."""
        return _from_json(cls, members)

    def __post_init__(self) -> None:
        self.spans = [Span.from_json(span) if isinstance(span, dict) else span for span in self.spans]
