"""Spans of OpenTelemetry's SDK into the local store: no daemon, no network."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.sdk.trace import SpanProcessor

from oat._tracer import get_tracer
from oat.integrations._calls import quiet


class OpenAgentTraceSpanProcessor(SpanProcessor):
    """`TracerProvider().add_span_processor(OpenAgentTraceSpanProcessor())`.

    A span is in the store when it has ended, with the ids and the parent it has in OpenTelemetry. Attributes
    of the conventions for generative AI and of instrumentations (docs/import.md) become its type, model,
    usage and payloads.
    """

    @quiet
    def on_end(self, span: Any) -> None:
        """Writes a span that has ended."""
        native = get_tracer()._native
        if native is not None and span.context.trace_flags.sampled:
            native.take_otlp(json.dumps(_request(span)).encode())

    def shutdown(self) -> None:
        """Makes all that has ended durable."""
        self.force_flush()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Makes all that has ended durable."""
        return get_tracer().flush()


def _request(span: Any) -> dict[str, Any]:
    """A span as an OTLP request in JSON."""
    scope = span.instrumentation_scope
    scope_spans = {
        "scope": {"name": scope.name, "version": scope.version or ""} if scope else {},
        "spans": [_span(span)],
    }
    resource = {"attributes": _attributes(span.resource.attributes)}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [scope_spans]}]}


def _span(span: Any) -> dict[str, Any]:
    members = {
        "traceId": f"{span.context.trace_id:032x}",
        "spanId": f"{span.context.span_id:016x}",
        "name": span.name,
        "kind": span.kind.value + 1,
        "startTimeUnixNano": str(span.start_time),
        "endTimeUnixNano": str(span.end_time),
        "attributes": _attributes(span.attributes),
        "events": [
            {
                "timeUnixNano": str(event.timestamp),
                "name": event.name,
                "attributes": _attributes(event.attributes),
            }
            for event in span.events
        ],
        "links": [
            {
                "traceId": f"{link.context.trace_id:032x}",
                "spanId": f"{link.context.span_id:016x}",
                "attributes": _attributes(link.attributes),
            }
            for link in span.links
        ],
        "status": {"code": span.status.status_code.value, "message": span.status.description or ""},
    }
    if span.parent is not None:
        members["parentSpanId"] = f"{span.parent.span_id:016x}"
    return members


def _attributes(attributes: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in (attributes or {}).items()]


def _value(value: Any) -> dict[str, Any]:
    """An AnyValue of OTLP."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, Mapping):
        return {"kvlistValue": {"values": _attributes(value)}}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    return {"stringValue": value if isinstance(value, str) else str(value)}
