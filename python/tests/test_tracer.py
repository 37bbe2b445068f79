"""The tracer: settings, exporters, scores, the end of the program."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import oat
import programs
import pytest
from conftest import Recorded
from daemon import Daemon
from oat.exporters import ConsoleExporter, HTTPExporter, SpanExporter
from oat.models import Span
from running import run_python

DAEMON = programs.BUILD / "oat-httpd"


def run_with(code: str, data_dir: pathlib.Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return run_python(code, data_dir.parent, OAT_DATA_DIR=str(data_dir), **environment)


def test_without_arguments_it_is_the_one_there_is(recorded: Recorded) -> None:
    assert oat.get_tracer() is oat.get_tracer()
    assert oat.get_tracer().data_dir == recorded.data_dir


def test_another_one_takes_its_place_and_running_spans_go_on(
    recorded: Recorded, tmp_path: pathlib.Path
) -> None:
    with oat.span("began before"):
        second = oat.get_tracer(data_dir=tmp_path / "second")
        with oat.span("began after"):
            pass
    second.shutdown()
    assert recorded.span("began before").status == "success"
    assert (
        Recorded(tmp_path / "second").span("began after").parent_span_id
        == recorded.span("began before").span_id
    )


def test_the_first_span_makes_a_tracer_by_the_environment(tmp_path: pathlib.Path) -> None:
    code = "import oat\nwith oat.span('x'): pass"
    done = run_with(code, tmp_path / "store", OAT_SERVICE_NAME="by-env", OAT_ENVIRONMENT="staging")
    assert (done.returncode, done.stderr) == (0, "")
    span = Recorded(tmp_path / "store").span("x")
    assert (span.service, span.environment) == ("by-env", "staging")


def test_a_store_that_cannot_be_made_is_a_warning(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    done = run_with("import oat\nwith oat.span('x'): print('ran')", tmp_path / "file")
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert done.stderr.startswith("oat: nothing is recorded: ") and done.stderr.count("\n") == 1


def test_after_shutdown_spans_do_nothing(tmp_path: pathlib.Path) -> None:
    tracer = oat.get_tracer(data_dir=tmp_path / "store")
    running = oat.span("running")
    running.__enter__()
    tracer.shutdown()
    running.set_output("x")
    running.end()
    with oat.span("after"):
        pass
    assert tracer.stats() == {"mode": "closed"}
    assert tracer.flush() is False


def test_flush_and_stats(recorded: Recorded) -> None:
    with oat.span("x") as span:
        span.set_output("y")
    tracer = oat.get_tracer()
    assert tracer.flush() is True
    assert (tracer.stats()["spans"], tracer.stats()["payloads"]) == (1, 1)


def test_sampling_keeps_whole_traces_and_says_the_rate(tmp_path: pathlib.Path) -> None:
    tracer = oat.get_tracer(data_dir=tmp_path / "store", sampling_rate=0.5)
    for _ in range(400):
        with oat.span("root"), oat.span("child"):
            pass
    sampled_out = tracer.stats()["sampled_out"]
    tracer.shutdown()
    traces = Recorded(tmp_path / "store").traces()
    assert 100 < len(traces) < 300
    assert {len(trace.spans) for trace in traces} == {2}
    assert sampled_out == 2 * (400 - len(traces))
    assert {trace.spans[0].raw["sample_rate"] for trace in traces} == {0.5}


def test_scores_and_feedback(recorded: Recorded) -> None:
    with oat.span("scored") as span:
        assert oat.feedback(1, "Great!")
        assert oat.score("correct", 0.5, span_id=span.span_id, source="llm")
    assert oat.score("late", label="pass", trace_id=span.trace_id)
    (trace,) = recorded.traces()
    assert [(score["name"], score["value"], score["label"], score["comment"]) for score in trace.scores] == [
        ("feedback", 1.0, None, "Great!"),
        ("late", None, "pass", None),
    ]
    assert [(score["name"], score["source"]) for score in trace.spans[0].scores] == [("correct", "llm")]
    with pytest.raises(ValueError, match="outside of any trace"):
        oat.score("x", 1)
    with pytest.raises(ValueError, match="a value or a label"):
        oat.score("x", trace_id="t")
    with pytest.raises(ValueError, match="-1, 0 or 1"):
        oat.feedback(2)


# ---- Exporters ----------------------------------------------------------------------------------


class Kept(SpanExporter):
    def __init__(self) -> None:
        self.got: list[tuple[Span, Any, Any]] = []
        self.ended = False
        self.thread: Any = None

    def export(self, span: Span, inputs: Any = None, outputs: Any = None) -> None:
        self.got.append((span, inputs, outputs))
        self.thread = threading.current_thread()

    def shutdown(self) -> None:
        self.ended = True


def test_an_exporter_gets_each_span_with_payloads_and_cost(recorded: Recorded) -> None:
    tracer = oat.get_tracer()
    kept = Kept()
    tracer.exporter = kept
    assert tracer.exporter is kept
    oat.trace(name="f")(lambda x: [x])(1)
    with oat.span("llm", "llm", model="gpt-4o-mini", service_provider="openai") as span:
        span.set_usage(prompt_tokens=1_000_000)
    assert tracer.flush()
    assert [(span.name, inputs, outputs) for span, inputs, outputs in kept.got] == [
        ("f", {"x": 1}, [1]),
        ("llm", None, None),
    ]
    assert kept.got[1][0].total_cost == 0.15
    tracer.exporter = None
    assert kept.ended and tracer.exporter is None


def test_an_exporter_gets_what_sampling_kept_after_all(tmp_path: pathlib.Path) -> None:
    tracer = oat.get_tracer(data_dir=tmp_path / "store", sampling_rate=0)
    tracer.exporter = kept = Kept()
    with oat.span("of a trace that is not kept"):
        pass
    with contextlib.suppress(ValueError), oat.span("root"):
        with oat.span("before"):
            pass
        assert tracer.flush() and kept.got == []
        with oat.span("failed"):
            raise ValueError
    assert tracer.flush()
    assert {span.name for span, _, _ in kept.got} == {"root", "before", "failed"}
    tracer.shutdown()


def test_an_exporter_runs_by_itself_on_another_thread(tmp_path: pathlib.Path) -> None:
    tracer = oat.get_tracer(data_dir=tmp_path / "store", flush_interval=0.01)
    kept = Kept()
    tracer.exporter = kept
    with oat.span("x"):
        pass
    deadline = time.monotonic() + 20
    while not kept.got and time.monotonic() < deadline:
        time.sleep(0.01)
    assert kept.got and kept.thread is not threading.current_thread()
    tracer.shutdown()


def test_an_exporter_that_fails_is_reported_once(
    recorded: Recorded, capsys: pytest.CaptureFixture[str]
) -> None:
    class Failing(Kept):
        def export(self, span: Span, inputs: Any = None, outputs: Any = None) -> None:
            raise RuntimeError("full")

        def __repr__(self) -> str:
            return "Failing()"

    tracer = oat.get_tracer()
    tracer.exporter = Failing()
    for _ in range(2):
        with oat.span("x"):
            pass
        assert tracer.flush() is False
    tracer.exporter = None
    assert capsys.readouterr().err == "oat: Failing(): RuntimeError: full\n"


def test_the_console_exporter_prints_a_line_a_span(
    recorded: Recorded, capsys: pytest.CaptureFixture[str]
) -> None:
    oat.get_tracer().exporter = ConsoleExporter()
    with oat.span("x", "tool"):
        pass
    oat.get_tracer().flush()
    assert capsys.readouterr().err.startswith("tool      'x' success")


@pytest.fixture
def daemon() -> Iterator[tuple[str, list[Any], list[int]]]:
    """A server that keeps what it is sent; answers with the next of the statuses, else 200."""
    got: list[Any] = []
    statuses: list[int] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = statuses.pop(0) if statuses else 200
            if status == 200:
                got.append((self.path, self.headers["Authorization"], json.loads(body)))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # An address that is not known for this machine's: files are not shipped there unencrypted.
    yield f"http://0.0.0.0:{server.server_port}", got, statuses
    server.shutdown()
    server.server_close()


def test_the_http_exporter_sends_spans_and_tries_again(
    tmp_path: pathlib.Path, daemon: tuple[str, list[Any], list[int]]
) -> None:
    url, got, statuses = daemon
    statuses += [503]
    tracer = oat.get_tracer(data_dir=tmp_path / "store", export_url=url, token="t", flush_interval=60)
    assert repr(tracer.exporter) == f"HTTPExporter('{url}')"
    oat.trace(name="sent")(lambda x: x)(1)
    assert tracer.flush() is False and got == []
    tracer.shutdown()
    ((path, token, (span,)),) = got
    assert (path, token) == ("/ingest", "Bearer t")
    assert (span["name"], span["inputs"], span["outputs"]) == ("sent", {"x": 1}, 1)


def test_while_its_daemon_is_away_the_store_keeps_what_waits_for_the_http_exporter(
    tmp_path: pathlib.Path, daemon: tuple[str, list[Any], list[int]]
) -> None:
    url, got, statuses = daemon
    statuses += [503]
    tracer = oat.get_tracer(data_dir=tmp_path / "store", export_url=url, flush_interval=60)
    for number in range(12_000):
        with oat.span(str(number)):
            pass
    assert tracer.flush() is False and got == []
    deadline = time.monotonic() + 60
    while not tracer.flush() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert sorted(int(span["name"]) for _, _, spans in got for span in spans) == list(range(12_000))
    tracer.shutdown()


def test_the_http_exporter_heeds_the_size_of_a_batch(
    tmp_path: pathlib.Path, daemon: tuple[str, list[Any], list[int]]
) -> None:
    url, got, _ = daemon
    tracer = oat.get_tracer(data_dir=tmp_path / "store", export_url=url, flush_interval=60, batch_size=3)
    for _ in range(7):
        with oat.span("x"):
            pass
    tracer.shutdown()
    assert [len(spans) for _, _, spans in got] == [3, 3, 1]


def test_the_http_exporter_gives_up_what_is_refused(daemon: tuple[str, list[Any], list[int]]) -> None:
    url, got, statuses = daemon
    statuses += [400]
    exporter = HTTPExporter(url)
    exporter.export(Span("1", "2", "n", "tool", "success", 0.0))
    assert exporter.flush() is True
    assert (exporter.dropped, got) == (1, [])


def test_a_forked_child_exports_its_own_spans(
    tmp_path: pathlib.Path, daemon: tuple[str, list[Any], list[int]]
) -> None:
    url, got, _ = daemon
    code = """
import oat, os
with oat.span("parent"):
    pid = os.fork()
    if pid == 0:
        with oat.span("child"): pass
    else:
        os.waitpid(pid, 0)
"""
    done = run_with(code, tmp_path / "store", OAT_EXPORT_URL=url)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(span["name"] for _, _, spans in got for span in spans) == ["child", "parent"]


# ---- The end ------------------------------------------------------------------------------------


def test_kill_9_loses_no_span_that_has_ended(tmp_path: pathlib.Path) -> None:
    code = """
import oat, sys, time
with oat.span("running"):
    for i in range(1000):
        oat.trace(name="ended")(lambda x: x)(i)
    time.sleep(0)
    print("ready", flush=True)
    time.sleep(60)
"""
    env = {**os.environ, "OAT_DATA_DIR": str(tmp_path / "store")}
    process = subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    ended = [span for span in Recorded(tmp_path / "store").spans() if span.name == "ended"]
    assert [span.outputs for span in ended] == list(range(1000))


ON_A_TERMINAL = """
import oat
with oat.span("x", "llm", model="gpt-4o-mini", service_provider="openai") as s:
    s.set_usage(prompt_tokens=10**6)
try:
    with oat.span("y"): raise ValueError
except ValueError: pass
"""


def said_on_a_terminal(code: str, data_dir: pathlib.Path, **environment: str) -> str:
    """What a program says whose standard error is a terminal."""
    try:
        controller, terminal = pty.openpty()
    except OSError as error:
        pytest.skip(f"no terminal to be had: {error}")
    env = {**os.environ, "OAT_DATA_DIR": str(data_dir), **environment}
    subprocess.run([sys.executable, "-c", code], env=env, stderr=terminal, check=True, timeout=60)
    os.write(terminal, b"end\n")
    text = b""
    while not text.endswith(b"end\r\n"):
        text += os.read(controller, 4096)
    os.close(controller)
    os.close(terminal)
    return text.decode().replace("\r\n", "\n").removesuffix("end\n")


def test_on_a_terminal_the_program_says_what_it_recorded(tmp_path: pathlib.Path) -> None:
    said = said_on_a_terminal(ON_A_TERMINAL, tmp_path / "store")
    newest = Recorded(tmp_path / "store").traces()[1]
    assert said == f"oat: 2 traces, 2 spans, $0.1500, 1 error -> oat show {newest.trace_id[:8]}\n"
    assert said_on_a_terminal(ON_A_TERMINAL, tmp_path / "store", OAT_QUIET="1") == ""


@pytest.mark.skipif(not DAEMON.is_file(), reason="not built")
def test_it_names_the_dashboard_of_a_daemon_that_has_the_trace(tmp_path: pathlib.Path) -> None:
    (tmp_path / "remote").mkdir()
    server = Daemon(DAEMON, tmp_path / "remote", tmp_path / "log")
    url = f"http://127.0.0.1:{server.port}"
    try:
        said = said_on_a_terminal(ON_A_TERMINAL, tmp_path / "store", OAT_EXPORT_URL=url)
    finally:
        server.stop()
    newest = Recorded(tmp_path / "store").traces()[1].trace_id
    assert said.endswith(f"-> oat show {newest[:8]} or {url}/ui/traces/{newest}\n")
