"""The OpenTelemetry SDK as its users set it up, sending to oat-httpd."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from programs import BUILD, OAT, ROOT, run

HTTPD = BUILD / "oat-httpd"
NODE_AGENT = ROOT / "tests" / "clients" / "otlp.cjs"
NODE_MODULES = ROOT / "build" / "clients" / "node_modules"
WAIT_S = 20.0

pytestmark = pytest.mark.skipif(not HTTPD.is_file(), reason=f"no {HTTPD}: build it first")


def get(address: str, path: str) -> Any:
    """The JSON of an answer."""
    with urllib.request.urlopen(f"http://{address}{path}", timeout=WAIT_S) as answer:
        return json.load(answer)


@contextlib.contextmanager
def serve(tmp_path: Path, *more: str) -> Iterator[dict[str, str]]:
    """The addresses of a daemon on a new store, by protocol."""
    log = tmp_path / "log"
    options = ["--listen", "127.0.0.1:0", "--otlp-http", "off", "--otlp-grpc", "127.0.0.1:0"]
    command = [str(HTTPD), "--dir", str(tmp_path / "store"), *options, *more]
    with log.open("wb") as stderr, subprocess.Popen(command, stderr=stderr) as process:
        deadline = time.monotonic() + WAIT_S
        while len(found := re.findall(r"listening on (\w+)://(\S+)", log.read_text())) < 2:
            assert time.monotonic() < deadline and process.poll() is None, log.read_text()
            time.sleep(0.02)
        yield dict(found)
        process.terminate()


@pytest.fixture(name="ports")
def start_daemon(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A daemon that speaks in plain text."""
    with serve(tmp_path) as ports:
        yield ports


@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_an_agent_sends_with_the_standard_variables_alone(
    ports: dict[str, str], protocol: str, compression: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it says of a model call arrives: type, model, tokens, input and output, the tree."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{ports[protocol]}")
    if compression != "none":
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", compression)
    exporter: SpanExporter = GrpcExporter() if protocol == "grpc" else HttpExporter()
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
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

    trace = get(ports["http"], f"/traces/{trace_id}?include_blobs=true")
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


def test_grpc_is_encrypted_where_http_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the standard variables alone; who does not speak HTTP/2 within TLS is turned away."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    with serve(tmp_path, "--tls-cert", str(cert), "--tls-key", str(key)) as ports:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"https://{ports['grpcs']}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(cert))
        provider = TracerProvider()
        provider.add_span_processor(BatchSpanProcessor(GrpcExporter()))
        for _ in range(3):
            with provider.get_tracer("agent").start_as_current_span("x"):
                pass
            assert provider.force_flush()
        provider.shutdown()
        context = ssl.create_default_context(cafile=str(cert))
        with urllib.request.urlopen(
            f"https://{ports['https']}/traces", timeout=WAIT_S, context=context
        ) as got:
            assert json.load(got)["total"] == 3
        context.set_alpn_protocols(["http/1.1"])
        host, port = ports["grpcs"].split(":")
        with (
            socket.create_connection((host, int(port)), timeout=WAIT_S) as plain,
            pytest.raises(ssl.SSLError),
        ):
            context.wrap_socket(plain, server_hostname=host)


@pytest.mark.skipif(
    not (shutil.which("node") and NODE_MODULES.is_dir()),
    reason=f"no Node, or no {NODE_MODULES}: make clients",
)
@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json", "grpc"])
def test_an_agent_in_node_sends_with_the_standard_variables_alone(
    ports: dict[str, str], protocol: str, compression: str
) -> None:
    """By each of its exporters; nothing is told on its console, and no character is lost."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    environment["NODE_PATH"] = str(NODE_MODULES)
    environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://{ports[protocol[:4]]}"
    environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol
    environment["OTEL_SERVICE_NAME"] = "shop"
    if compression != "none":
        environment["OTEL_EXPORTER_OTLP_COMPRESSION"] = compression
    done = subprocess.run(
        ["node", NODE_AGENT], env=environment, capture_output=True, text=True, timeout=WAIT_S, check=True
    )
    assert done.stderr == ""

    trace = get(ports["http"], f"/traces/{done.stdout.strip()}?include_blobs=true")
    assert (trace["span_count"], trace["service"], trace["error_count"]) == (3, "shop", 1)
    spans = {span["span_type"]: span for span in trace["spans"]}
    call = spans["llm"]
    assert call["parent_span_id"] == spans["agent"]["span_id"] == spans["tool"]["parent_span_id"]
    assert (call["model"], call["provider"]) == ("gpt-4o", "openai")
    assert call["usage"]["total_cost_nano_usd"] == str(120 * 2500 + 30 * 10000)
    assert call["inputs"][0]["parts"][0]["content"] == "Which? \U0001f600"
    assert call["outputs"][0]["parts"][0]["content"] == "This one."
    assert call["attributes"]["gen_ai.response.finish_reasons"] == ["stop"]
    assert call["attributes"]["gen_ai.request.temperature"] == 0.5
    assert call["events"][0]["attributes"] == {"index": 0}
    assert (spans["tool"]["status"], spans["tool"]["status_message"]) == ("error", "nothing found")
    assert spans["tool"]["error"].startswith("RangeError: nothing found\n")


def test_grpc_calls_end_with_the_code_that_clients_expect(ports: dict[str, str]) -> None:
    """Nothing but UNAVAILABLE is sent again."""
    channel = grpc.insecure_channel(ports["grpc"])
    export = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
    assert export(b"") == b""
    for call, body, code in (
        (export, b"zzz", grpc.StatusCode.INVALID_ARGUMENT),
        (export, bytes(65 << 20), grpc.StatusCode.RESOURCE_EXHAUSTED),
        (channel.unary_unary("/some.Service/Call"), b"", grpc.StatusCode.UNIMPLEMENTED),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            call(body)
        assert caught.value.code() == code
    assert export(b"") == b""
    channel.close()


def test_grpc_calls_show_a_token_where_there_are_tokens(ports: dict[str, str], tmp_path: Path) -> None:
    """One whose role may send spans; it comes as metadata."""
    channel = grpc.insecure_channel(ports["grpc"])
    export = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
    assert export(b"") == b""
    tokens = {}
    for role in ("ingest", "read"):
        told = run(OAT, "--dir", tmp_path / "store", "token", "add", "--name", role, "--role", role)
        tokens[role] = re.findall(r"oat_\w+", told)[0]
    time.sleep(0.6)  # the file is looked at four times a second
    for headers, code in (
        ((), grpc.StatusCode.UNAUTHENTICATED),
        ((("authorization", "Bearer oat_wrong"),), grpc.StatusCode.UNAUTHENTICATED),
        ((("authorization", f"Bearer {tokens['read']}"),), grpc.StatusCode.PERMISSION_DENIED),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            export(b"", metadata=headers)
        assert caught.value.code() == code
    assert export(b"", metadata=(("authorization", f"Bearer {tokens['ingest']}"),)) == b""
    channel.close()
