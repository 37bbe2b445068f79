"""The OpenTelemetry SDK as its users set it up, sending to oat-httpd."""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from programs import BUILD

HTTPD = BUILD / "oat-httpd"
WAIT_S = 20.0

pytestmark = pytest.mark.skipif(not HTTPD.is_file(), reason=f"no {HTTPD}: build it first")


def get(base: str, path: str) -> Any:
    """The JSON of an answer."""
    with urllib.request.urlopen(base + path, timeout=WAIT_S) as answer:
        return json.load(answer)


@pytest.fixture()
def base(tmp_path: Path) -> Iterator[str]:
    """The address of a daemon on a new store."""
    log = tmp_path / "log"
    command = [HTTPD, "--dir", tmp_path / "store", "--listen", "127.0.0.1:0", "--otlp-http", "off"]
    with log.open("wb") as stderr, subprocess.Popen([*map(str, command)], stderr=stderr) as process:
        deadline = time.monotonic() + WAIT_S
        while not (found := re.search(r"listening on (http://\S+)", log.read_text())):
            assert time.monotonic() < deadline and process.poll() is None, log.read_text()
            time.sleep(0.02)
        yield found[1]
        process.terminate()


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_an_agent_sends_with_the_standard_variables_alone(
    base: str, compression: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it says of a model call arrives: type, model, tokens, input and output, the tree."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", base)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", compression)
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = provider.get_tracer("agent")
    messages = [{"role": "user", "parts": [{"type": "text", "content": "Which?"}]}]
    with tracer.start_as_current_span("invoke_agent planner") as agent:
        agent.set_attribute("gen_ai.operation.name", "invoke_agent")
        agent.set_attribute("gen_ai.agent.name", "planner")
        with tracer.start_as_current_span("chat gpt-4o") as call:
            call.set_attribute("gen_ai.operation.name", "chat")
            call.set_attribute("gen_ai.provider.name", "openai")
            call.set_attribute("gen_ai.request.model", "gpt-4o")
            call.set_attribute("gen_ai.usage.input_tokens", 120)
            call.set_attribute("gen_ai.usage.output_tokens", 30)
            call.set_attribute("gen_ai.input.messages", json.dumps(messages))
            call.add_event("first token")
        with pytest.raises(ValueError), tracer.start_as_current_span("execute_tool search") as tool:
            tool.set_attribute("gen_ai.operation.name", "execute_tool")
            raise ValueError("nothing found")
    trace_id = f"{agent.get_span_context().trace_id:032x}"
    assert provider.force_flush()
    provider.shutdown()

    trace = get(base, f"/traces/{trace_id}?include_blobs=true")
    assert (trace["span_count"], trace["service"], trace["error_count"]) == (3, "shop", 1)
    spans = {span["span_type"]: span for span in trace["spans"]}
    assert set(spans) == {"agent", "llm", "tool"}
    assert spans["llm"]["parent_span_id"] == spans["agent"]["span_id"]
    assert (spans["llm"]["model"], spans["llm"]["provider"]) == ("gpt-4o", "openai")
    assert spans["llm"]["usage"]["prompt_tokens"] == 120
    assert spans["llm"]["usage"]["completion_tokens"] == 30
    assert spans["llm"]["inputs"] == messages
    assert spans["llm"]["events"][0]["name"] == "first token"
    assert spans["tool"]["status"] == "error"
    assert "nothing found" in spans["tool"]["error"]
