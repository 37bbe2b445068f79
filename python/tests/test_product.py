"""The Python examples of the product description, run as they are written.

What its head says cannot be taken as written is replaced; names that an example leaves to its reader have
stand-ins; the model providers answer from recordings, and the server is a daemon of the test's own.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import pathlib
import re
import types
from collections.abc import Iterator
from typing import Any

import oat
import programs
import pytest
from conftest import Recorded
from oat import integrations
from replay_server import ReplayServer
from replayed import CASSETTES

DESCRIPTION = programs.DATA.parent / "product.md"
DAEMON = programs.BUILD / "oat-httpd"

pytestmark = pytest.mark.skipif(
    not (DESCRIPTION.is_file() and CASSETTES.is_dir() and DAEMON.is_file()),
    reason="no description, or not built",
)

REPLACED = [
    (r"^\s*from langchain\.callbacks import OpenAgentTraceCallback\n", ""),
    (r"from langchain\.chat_models import ChatOpenAI", "from stand_ins import ChatOpenAI"),
    (r"from llama_index import", "from stand_ins import"),
    (r"response = await httpx\.post\((.*)\)", r"response = await post(\1)"),
    (r"^python .*", ""),
    (r"// .*", ""),
    (r"\bnull\b", "None"),
]


def blocks() -> list[tuple[str, str]]:
    """The examples with the first words of what they are about."""
    if not DESCRIPTION.is_file():
        return []
    text = DESCRIPTION.read_text(encoding="utf-8")
    found = []
    for number, match in enumerate(re.finditer(r"```python\n(.*?)```", text, re.DOTALL)):
        before = [line for line in text[: match.start()].splitlines() if line.startswith("#")]
        found.append((f"{number} {before[-1].strip('# ')}", match.group(1)))
    return found


async def _answer(*args: Any, **kwargs: Any) -> Any:
    return {"text": "an answer"}


class _StandIn:
    """Whatever is done with it, it is there."""

    headers = {"X-Trace-ID": "from-service-a"}

    def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def __getattr__(self, name: str) -> Any:
        return _StandIn()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _StandIn()

    @staticmethod
    def from_documents(documents: Any) -> Any:
        return _StandIn()


LEFT_TO_THE_READER = (
    "call_gpt4",
    "call_gpt_mini",
    "call_llm",
    "get_embedding",
    "llm_call",
    "post",
    "process",
    "process_request",
    "tool_call",
    "vector_search",
)
NAMES: dict[str, Any] = {
    "trace": oat.trace,
    "span": oat.span,
    "get_tracer": oat.get_tracer,
    "preprocess": str.strip,
    "is_quality_sufficient": lambda response: False,
    "documents": [],
    "user": {"id": 1},
    "result": "a result",
    "results": ["a result"],
    "response": "a response",
    **dict.fromkeys(LEFT_TO_THE_READER, _answer),
}


def run(code: str, name: str) -> dict[str, Any]:
    """Runs an example, also one that awaits at its top, and then the functions that it defines."""
    names = dict(NAMES)
    compiled = compile(code, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    made = eval(compiled, names)
    if inspect.iscoroutine(made):
        asyncio.run(made)
    defined = [] if "asyncio.run(" in code else re.findall(r"^ *(?:async )?def (\w+)", code, re.MULTILINE)
    for function in [names[found] for found in defined if found in names]:
        parameters = inspect.signature(function).parameters.values()
        arguments = [
            _StandIn() if p.name == "request" else "a question" for p in parameters if p.default is p.empty
        ]
        answer = function(*arguments)
        if inspect.iscoroutine(answer):
            asyncio.run(answer)
    return names


@pytest.fixture
def surroundings(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Recorded]]:
    """A daemon, providers, and a working directory; yields the daemon's address and the local store."""
    from daemon import Daemon

    stand_ins = types.ModuleType("stand_ins")
    stand_ins.__dict__.update(ChatOpenAI=_StandIn, VectorStoreIndex=_StandIn)
    monkeypatch.setitem(__import__("sys").modules, "stand_ins", stand_ins)
    monkeypatch.chdir(tmp_path)
    recordings = [
        "openai/openinference__test_instrumentor__test_token_counts.yaml",
        "openai/openllmetry__test_chat_parse__test_parsed_refused_completion_with_events_with_no_content.yaml",
        "openai/logfire__test_openai__test_embeddings_version_v1_only.yaml",
        "anthropic/logfire__test_anthropic__test_sync_messages_version_latest.yaml",
    ]
    (tmp_path / "remote").mkdir()
    server = Daemon(DAEMON, tmp_path / "remote", tmp_path / "log")
    with ReplayServer(*(CASSETTES / name for name in recordings), match="order") as provider:
        for name, value in {
            "OPENAI_BASE_URL": f"{provider.url}/v1",
            "OPENAI_API_KEY": "any",
            "ANTHROPIC_BASE_URL": provider.url,
            "ANTHROPIC_API_KEY": "any",
        }.items():
            monkeypatch.setenv(name, value)
        oat.get_tracer(service_name="before", data_dir=tmp_path / ".oat")
        yield f"127.0.0.1:{server.port}", Recorded(tmp_path / ".oat")
    oat.get_tracer().shutdown()
    integrations.unpatch_openai()
    integrations.unpatch_anthropic()
    server.stop()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("name", "block"), blocks(), ids=[name for name, _ in blocks()])
def test_an_example_runs_as_it_is_written(
    name: str, block: str, surroundings: tuple[str, Recorded], capsys: pytest.CaptureFixture[str]
) -> None:
    address, recorded = surroundings
    code = block.replace("localhost:8787", address)
    for pattern, replacement in REPLACED:
        code = re.sub(pattern, replacement, code, flags=re.MULTILINE)
    run(code, name)
    oat.get_tracer().flush()
    failed = [span for span in recorded.spans() if span.status == "error"]
    assert failed == []
    if "Instrument Your Agent" in name or "Simple Coding Agent" in name:
        (trace,) = recorded.traces()
        assert [span.span_type for span in trace.spans] == ["agent", "llm"]
        assert trace.total_cost is not None and trace.total_cost > 0
        with_remote = oat.open(pathlib.Path("remote")).trace(trace.trace_id)
        assert with_remote is not None and with_remote.total_cost == trace.total_cost
        assert trace.spans[1].output_preview is not None
    if "Auto-instrumentation not working" in name:
        assert "Patched: True" in capsys.readouterr().out
