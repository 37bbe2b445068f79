"""OpenTelemetry's SDK into the local store."""

from __future__ import annotations

import asyncio

import pytest
from conftest import Recorded
from oat.integrations.opentelemetry import OpenAgentTraceSpanProcessor
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Tracer, TracerProvider
from opentelemetry.trace import Link, SpanKind, StatusCode


@pytest.fixture
def tracer(recorded: Recorded) -> Tracer:
    provider = TracerProvider(resource=Resource({"service.name": "otel-agent"}))
    provider.add_span_processor(OpenAgentTraceSpanProcessor())
    return provider.get_tracer("test", "1.0")  # type: ignore[return-value]


def test_spans_keep_their_ids_and_their_tree(recorded: Recorded, tracer: Tracer) -> None:
    with tracer.start_as_current_span("outer") as outer, tracer.start_as_current_span("inner") as inner:
        context = inner.get_span_context()
    found = {span.name: span for span in recorded.spans()}
    assert found["inner"].trace_id == f"{context.trace_id:032x}"
    assert found["inner"].span_id == f"{context.span_id:016x}"
    assert found["inner"].parent_span_id == f"{outer.get_span_context().span_id:016x}"
    assert found["outer"].parent_span_id is None
    assert {span.service for span in found.values()} == {"otel-agent"}


def test_a_call_of_a_model_has_its_type_usage_and_cost(recorded: Recorded, tracer: Tracer) -> None:
    with tracer.start_as_current_span("chat gpt-4o-mini", kind=SpanKind.CLIENT) as span:
        span.set_attribute("gen_ai.operation.name", "chat")
        span.set_attribute("gen_ai.provider.name", "openai")
        span.set_attribute("gen_ai.response.model", "gpt-4o-mini-2024-07-18")
        span.set_attribute("gen_ai.usage.input_tokens", 100)
        span.set_attribute("gen_ai.usage.output_tokens", 10)
        span.set_attribute("gen_ai.response.finish_reasons", ["stop"])
        span.set_attribute("temperature", 0.5)
        span.set_attribute("cached", False)
    call = recorded.span("chat gpt-4o-mini")
    assert (call.span_type, call.model, call.provider) == ("llm", "gpt-4o-mini-2024-07-18", "openai")
    assert call.raw["usage"]["total_cost_nano_usd"] == str(100 * 150 + 10 * 600)
    assert call.metadata["gen_ai.response.finish_reasons"] == ["stop"]
    assert (call.metadata["temperature"], call.metadata["cached"]) == (0.5, False)


def test_an_exception_events_and_links_are_kept(recorded: Recorded, tracer: Tracer) -> None:
    with tracer.start_as_current_span("first") as first:
        linked = Link(first.get_span_context(), {"why": "before"})
    with (
        pytest.raises(ValueError, match="no"),
        tracer.start_as_current_span("second", links=[linked]) as span,
    ):
        span.add_event("tried", {"times": 2})
        raise ValueError("no")
    second = recorded.span("second")
    assert second.status == "error" and second.error is not None and "no" in second.error
    assert second.events[0]["name"] == "tried"
    assert second.links[0]["span_id"] == recorded.span("first").span_id


def test_tasks_and_spans_that_are_dropped(recorded: Recorded, tracer: Tracer) -> None:
    async def work(number: int) -> None:
        with tracer.start_as_current_span(f"task {number}"):
            await asyncio.sleep(0)

    async def all_of_them() -> None:
        with tracer.start_as_current_span("all"):
            await asyncio.gather(*(work(number) for number in range(3)))

    asyncio.run(all_of_them())
    (stored,) = recorded.traces()
    assert len(stored.spans) == 4 and {span.parent_span_id for span in stored.spans[1:]} == {
        stored.spans[0].span_id
    }
    assert StatusCode.UNSET.value == 0 and trace.get_current_span().get_span_context().span_id == 0
