"""Tracing the OpenAI Agents SDK: a processor for agents, models, tools, handoffs and guardrails."""

from __future__ import annotations

from typing import Any

from agents.tracing import TracingProcessor

from oat._context import context
from oat._native import Span
from oat.integrations._calls import describe, plain, quiet
from oat.integrations._runs import Runs

# The SDK's types of spans by ours; what is not here is a chain.
_TYPES = {
    "agent": "agent",
    "function": "tool",
    "generation": "llm",
    "response": "llm",
    "handoff": "handoff",
    "guardrail": "guardrail",
    "transcription": "llm",
    "speech": "llm",
    "mcp_tools": "tool",
}


class OpenAgentTraceProcessor(TracingProcessor):
    """Makes a span of each span of the SDK, below one for each of its traces.

    `agents.set_trace_processors([OpenAgentTraceProcessor()])`; `patch_openai_agents()` adds one beside those
    that are there.
    """

    def __init__(self) -> None:
        self._runs = Runs()
        self._is_open = True

    @quiet
    def on_trace_start(self, trace: Any) -> None:
        """A run begins."""
        if not self._is_open:
            return
        with context(session_id=getattr(trace, "group_id", None)):
            metadata = getattr(trace, "metadata", None) or None
            self._runs.start(trace.trace_id, None, trace.name, "agent", metadata=metadata)

    @quiet
    def on_trace_end(self, trace: Any) -> None:
        """A run ends."""
        self._runs.end(trace.trace_id)

    @quiet
    def on_span_start(self, span: Any) -> None:
        """Something begins."""
        if not self._is_open:
            return
        data = span.span_data
        kind = _TYPES.get(data.type, "chain")
        provider = "openai" if data.type == "response" else None
        self._runs.start(
            span.span_id, span.parent_id or span.trace_id, _name(data), kind, service_provider=provider
        )

    @quiet
    def on_span_end(self, span: Any) -> None:
        """Something ends."""
        ours = self._runs.get(span.span_id)
        if ours is not None:
            _note(ours, span.span_data)
            if span.error:
                ours.set_error(str(span.error.get("message") or span.error))
        self._runs.end(span.span_id)

    def shutdown(self) -> None:
        """Nothing that starts from now on is recorded."""
        self._is_open = False

    def force_flush(self) -> None:
        """Spans are written as they end."""


def _name(data: Any) -> str:
    if data.type == "handoff":
        return f"handoff from {data.from_agent}"
    return str(getattr(data, "name", None) or data.type)


@quiet
def _note(span: Span, data: Any) -> None:
    response = getattr(data, "response", None)
    inputs = getattr(data, "input", None)
    outputs = plain(response) if response is not None else getattr(data, "output", None)
    if inputs is not None:
        span.set_input(inputs)
    if outputs is not None:
        span.set_output(outputs)
    if span.span_type == "llm":
        reported = {"model": getattr(data, "model", None), "usage": getattr(data, "usage", None)}
        describe(span, outputs if isinstance(outputs, dict) else reported)
    elif data.type == "agent":
        span._set_field("agent", data.name)
    elif data.type == "handoff":
        span.metadata.update({"handoff.from": data.from_agent, "handoff.to": data.to_agent})
    elif data.type == "guardrail":
        span.metadata["guardrail.triggered"] = bool(data.triggered)
