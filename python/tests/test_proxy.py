"""`python -m oat run -- COMMAND`: the calls of programs in any language are recorded on their way."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import programs
import pytest
from conftest import Recorded
from replay_server import ReplayServer
from replayed import CASSETTES, needs_cassettes, server

CHATS = "openai/langsmith__test_openai_test_wrap_openai_chat_async_tokens.yaml"
MESSAGES = "anthropic/logfire__test_anthropic__test_sync_messages_version_latest.yaml"
ERROR = "openai/otel-contrib__test_async_chat_completion_404.yaml"
NANO = 9 * 150 + 9 * 600

# Stands for a program in another language: it speaks HTTP and knows nothing of tracing.
PROGRAM = """
import json, os, sys, urllib.error, urllib.request
url, stream = os.environ[sys.argv[1]] + sys.argv[2], json.loads(sys.argv[3])
request = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "howdy"}], **stream}
headers = {"Content-Type": "application/json", "Authorization": "Bearer any"}
try:
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(request).encode(), headers)) as answer:
        sys.stdout.buffer.write(answer.read())
except urllib.error.HTTPError as error:
    print(error.code, len(error.read()))
    sys.exit(3)
except OSError as error:
    sys.exit(4)
"""


def run_command(
    store: pathlib.Path, command: list[str], **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "oat", "run", "--", *command],
        env={**os.environ, "OAT_DATA_DIR": str(store), **environment},
        cwd=store.parent,
        capture_output=True,
        check=False,
        timeout=60,
    )


def ask(
    store: pathlib.Path, provider: ReplayServer, variable: str, path: str, more: str = "{}"
) -> subprocess.CompletedProcess[bytes]:
    base = provider.url + ("/v1" if variable.startswith("OPENAI") else "")
    return run_command(store, [sys.executable, "-c", PROGRAM, variable, path, more], **{variable: base})


@needs_cassettes
def test_an_answer_passes_unchanged_and_is_recorded_with_its_cost(tmp_path: pathlib.Path) -> None:
    with server(CHATS, 2) as provider:
        done = ask(tmp_path / "store", provider, "OPENAI_BASE_URL", "/chat/completions")
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout == provider.exchanges[0].text().encode()
    (trace,) = Recorded(tmp_path / "store").traces()
    program, call = trace.spans
    assert (program.span_type, program.status, call.parent_span_id) == ("agent", "success", program.span_id)
    assert (call.name, call.span_type, call.provider) == ("openai.chat.completions.create", "llm", "openai")
    assert call.inputs["messages"] == [{"role": "user", "content": "howdy"}]
    assert call.raw["usage"]["total_cost_nano_usd"] == str(NANO)


@needs_cassettes
def test_a_stream_passes_as_it_is_and_is_put_together(tmp_path: pathlib.Path) -> None:
    with server(CHATS, 0) as provider:
        done = ask(tmp_path / "store", provider, "OPENAI_BASE_URL", "/chat/completions", '{"stream": true}')
        assert done.returncode == 0 and done.stdout.endswith(b"data: [DONE]\n\n")
        assert done.stdout.count(b"data:") == provider.exchanges[0].text().count("data:")
    call = Recorded(tmp_path / "store").span("openai.chat.completions.create")
    assert call.outputs["choices"][0]["message"]["content"].startswith("Howdy!")
    assert call.ttft_ms is not None and call.raw["usage"]["total_cost_nano_usd"] == str(NANO)


@needs_cassettes
def test_messages_of_anthropic_are_recorded(tmp_path: pathlib.Path) -> None:
    with ReplayServer(CASSETTES / MESSAGES, match="order") as provider:
        done = ask(tmp_path / "store", provider, "ANTHROPIC_BASE_URL", "/v1/messages")
    assert done.returncode == 0
    call = Recorded(tmp_path / "store").span("anthropic.messages.create")
    assert call.provider == "anthropic" and call.total_cost is not None and call.outputs["content"]


@needs_cassettes
def test_an_error_passes_and_is_one_of_the_call_and_of_the_program(tmp_path: pathlib.Path) -> None:
    with server(ERROR) as provider:
        done = ask(tmp_path / "store", provider, "OPENAI_BASE_URL", "/chat/completions")
    assert done.returncode == 3 and done.stdout.startswith(b"404 ")
    program, call = Recorded(tmp_path / "store").spans()
    assert (program.status, program.error) == ("error", "exit status 3")
    assert call.status == "error" and (call.error or "").startswith("HTTP 404: ")


def test_a_provider_that_is_away_is_a_bad_gateway(tmp_path: pathlib.Path) -> None:
    command = [sys.executable, "-c", PROGRAM, "OPENAI_BASE_URL", "/chat/completions", "{}"]
    done = run_command(tmp_path / "store", command, OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    assert done.returncode == 3 and done.stdout.startswith(b"502 ")
    assert Recorded(tmp_path / "store").span("openai.chat.completions.create").status == "error"


def test_a_signal_ends_the_program_and_is_told(tmp_path: pathlib.Path) -> None:
    done = run_command(tmp_path / "store", ["sh", "-c", "kill -TERM $$"])
    assert done.returncode == 128 + 15
    (program,) = Recorded(tmp_path / "store").spans()
    assert (program.name, program.status, program.error) == ("sh", "error", "ended by SIGTERM")


def test_a_python_program_is_patched_instead(tmp_path: pathlib.Path) -> None:
    (tmp_path / "agent.py").write_text("import openai, sys\nprint(openai._oat_patched, sys.argv[1:])\n")
    done = run_command(tmp_path / "store", [sys.executable, "-B", "agent.py", "-x"])
    assert (done.returncode, done.stdout) == (0, b"True ['-x']\n")
    assert not (tmp_path / "store").exists()


def test_a_command_that_is_not_there_is_said(tmp_path: pathlib.Path) -> None:
    done = run_command(tmp_path / "store", ["no-such-command"])
    assert done.returncode == 127 and done.stderr == b"oat: no-such-command: No such file or directory\n"


@pytest.mark.skipif(not programs.OAT.is_file(), reason="not built")
def test_the_tool_runs_it_too(tmp_path: pathlib.Path) -> None:
    (tmp_path / "agent.py").write_text("import oat, sys\nwith oat.span('s'): print(sys.argv[1:])\n")
    path = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [programs.OAT, "--dir", "store", "run", "--", "python", "agent.py", "--json"],
        env={**os.environ, "PATH": path},
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, b"['--json']\n")
    assert [span.name for span in Recorded(tmp_path / "store").spans()] == ["s"]
