"""Batches of OTLP spans of agents, with the attributes of OpenInference, which other systems show too."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

BATCH_SPANS = 512
TRACE_SPANS = 8  # an agent, two calls of a model, five of tools
WORDS = 5_000


class Agents:
    """Makes up runs of agents; the same seed makes the same ones, but for their time.

    Text is made-up words, the k-th as frequent as 1 / k. The second call of a model has the messages of the
    first in its input, as calls have.
    """

    def __init__(self, end_ns: int, seed: int = 1) -> None:
        """end_ns: since the epoch; the first trace begins an hour before, the last one a second."""
        self._random = random.Random(seed)
        self._now_ns = end_ns - 3600 * 10**9
        letters = "etaoinshrdlu"
        self._words = [
            "".join(self._random.choices(letters, k=self._random.randint(2, 9))) for _ in range(WORDS)
        ]
        self._weights = list(itertools.accumulate(1 / (k + 1) for k in range(WORDS)))

    def batches(self, spans: int) -> Iterator[bytes]:
        """Export requests that hold so many spans, the last one what is left."""
        pause_ns = 3599 * 10**9 // (spans // TRACE_SPANS + 1)
        for first in range(0, spans, BATCH_SPANS):
            request = ExportTraceServiceRequest()
            resource = request.resource_spans.add()
            service = resource.resource.attributes.add(key="service.name")
            service.value.string_value = "support"
            scope = resource.scope_spans.add()
            scope.scope.name = "agents"
            while len(scope.spans) < min(BATCH_SPANS, spans - first):
                self._now_ns += pause_ns
                scope.spans.extend(self._trace()[: spans - first - len(scope.spans)])
            yield request.SerializeToString()

    def _text(self, words: int) -> str:
        return " ".join(self._random.choices(self._words, cum_weights=self._weights, k=words))

    def _trace(self) -> list[Span]:
        trace_id = self._random.randbytes(16)
        question, answer = self._text(30), self._text(60)
        root = self._span(trace_id, b"", "support agent", 0, 9000)
        _put(root, {"openinference.span.kind": "AGENT", "input.value": question, "output.value": answer})
        _put(root, {"session.id": f"session-{self._random.randrange(10_000)}"})
        messages = [("system", self._text(150)), ("user", question)]
        spans = [root, self._call(trace_id, root, messages, self._text(40), 100)]
        for step in range(5):
            tool = self._span(trace_id, root.span_id, "search", 2000 + 600 * step, 500)
            result = json.dumps({"found": self._text(50)})
            _put(tool, {"openinference.span.kind": "TOOL", "tool.name": "search", "output.value": result})
            _put(tool, {"input.value": json.dumps({"query": self._text(6)})})
            messages.append(("tool", result))
            spans.append(tool)
        spans.append(self._call(trace_id, root, messages, answer, 6000))
        return spans

    def _call(
        self, trace_id: bytes, root: Span, messages: list[tuple[str, str]], answer: str, at_ms: int
    ) -> Span:
        """A call of a model."""
        span = self._span(trace_id, root.span_id, "ChatCompletion", at_ms, self._random.randint(800, 2500))
        prompt = sum(len(content) for _, content in messages) // 4
        completion = len(answer) // 4
        _put(span, {"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o", "llm.system": "openai"})
        _put(span, {"llm.token_count.prompt": prompt, "llm.token_count.completion": completion})
        _put(span, {"llm.token_count.total": prompt + completion})
        for i, (role, content) in enumerate(messages):
            _put(span, {f"llm.input_messages.{i}.message.role": role})
            _put(span, {f"llm.input_messages.{i}.message.content": content})
        _put(span, {"llm.output_messages.0.message.role": "assistant"})
        _put(span, {"llm.output_messages.0.message.content": answer})
        return span

    def _span(self, trace_id: bytes, parent_id: bytes, name: str, at_ms: int, duration_ms: int) -> Span:
        start_ns = self._now_ns + at_ms * 10**6
        span = Span(trace_id=trace_id, span_id=self._random.randbytes(8), parent_span_id=parent_id, name=name)
        span.kind = Span.SPAN_KIND_INTERNAL
        span.start_time_unix_nano = start_ns
        span.end_time_unix_nano = start_ns + duration_ms * 10**6
        span.status.code = Status.STATUS_CODE_OK
        return span


def _put(span: Span, attributes: dict[str, str | int]) -> None:
    for key, value in attributes.items():
        attribute = span.attributes.add(key=key)
        if isinstance(value, int):
            attribute.value.int_value = value
        else:
            attribute.value.string_value = value
