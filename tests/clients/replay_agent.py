#!/usr/bin/env python3
"""An agent that makes recorded calls again, instrumented as its users do it.

    replay_agent.py --with openinference --with openllmetry CASSETTE[:INDEX] ...

Each cassette (or the one exchange of it that INDEX names) is replayed below a span of its own, whose trace
id is printed. Where spans go to is told by the standard variables.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import inspect
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import anthropic  # noqa: E402
import openai  # noqa: E402
from opentelemetry import trace  # noqa: E402
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: E402
from opentelemetry.sdk.trace import TracerProvider  # noqa: E402
from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: E402
from replay_server import Exchange, ReplayServer  # noqa: E402

PACKAGES = {"openinference": "openinference.instrumentation", "openllmetry": "opentelemetry.instrumentation"}


def instrument(name: str) -> None:
    """Both client libraries, by one of the instrumentations."""
    importlib.import_module(f"{PACKAGES[name]}.openai").OpenAIInstrumentor().instrument()
    importlib.import_module(f"{PACKAGES[name]}.anthropic").AnthropicInstrumentor().instrument()


def send(exchange: Exchange, url: str) -> None:
    """One recorded request, by the provider's own client; a stream is read to its end."""
    of_openai = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
    of_anthropic = anthropic.Anthropic(base_url=url, api_key="none", max_retries=0)
    create: Any = {
        "/v1/chat/completions": of_openai.chat.completions.create,
        "/v1/embeddings": of_openai.embeddings.create,
        "/v1/responses": of_openai.responses.create,
        "/v1/messages": of_anthropic.messages.create,
    }[exchange.path]
    request = exchange.request_json()
    known = inspect.signature(create).parameters
    older = {name: request.pop(name) for name in list(request) if name not in known}
    with contextlib.suppress(openai.APIError, anthropic.APIError), of_openai, of_anthropic:
        answer = create(**request, extra_body=older or None)
        if request.get("stream"):
            for _ in answer:
                pass


def replay(cassette: Path, index: str) -> str:
    """The id of the trace."""
    with ReplayServer(cassette) as server:
        exchanges = [server.exchanges[int(index)]] if index else server.exchanges
        with trace.get_tracer("agent").start_as_current_span("run") as span:
            for exchange in exchanges:
                send(exchange, server.url)
        if server.refused:
            sys.exit("\n".join(server.refused))
    return f"{span.get_span_context().trace_id:032x}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes recorded calls again, instrumented.")
    parser.add_argument("--with", dest="names", action="append", choices=list(PACKAGES))
    parser.add_argument("cassettes", nargs="+", metavar="CASSETTE[:INDEX]")
    options = parser.parse_args()
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    for name in options.names or ():
        instrument(name)
    for cassette in options.cassettes:
        path, _, index = cassette.partition(":")
        print(replay(Path(path), index))
    provider.shutdown()


if __name__ == "__main__":
    main()
