"""What `oat import` says, and how it ends, for files of every kind."""

from __future__ import annotations

import json
import pathlib
import subprocess

import pytest
from programs import OAT, start

pytestmark = pytest.mark.skipif(not OAT.is_file(), reason=f"no {OAT}: build it first")

CHAT = '[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]'


def run(store: pathlib.Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Runs oat import."""
    return start(OAT, "--dir", store, "import", *arguments)


def test_a_failing_file_is_named_and_the_others_go_on(tmp_path: pathlib.Path) -> None:
    """The place and the reason on stderr, exit code 1, the good file in the store."""
    (tmp_path / "bad.json").write_text('{"messages":[{"role":"user"}')
    (tmp_path / "good.json").write_text(CHAT)
    done = run(tmp_path / "store", tmp_path / "bad.json", tmp_path / "missing", tmp_path / "good.json")
    assert done.returncode == 1
    assert "bad.json: byte 28: ',' or ']' expected" in done.stderr
    assert "missing: No such file or directory" in done.stderr
    assert done.stdout.startswith("2 spans of 1 trace from 1 file")


def test_what_is_no_trace_is_named_and_is_no_failure(tmp_path: pathlib.Path) -> None:
    """Unless there is nothing else."""
    (tmp_path / "a.json").write_text(CHAT)
    (tmp_path / "logs.json").write_text('{"resourceLogs":[]}')
    (tmp_path / "note.txt").write_text("hello")
    done = run(tmp_path / "store", tmp_path / "a.json", tmp_path / "logs.json", tmp_path / "note.txt")
    assert done.returncode == 0
    assert "logs.json: skipped: OTLP logs, no spans" in done.stderr
    assert "note.txt: skipped: text, no trace" in done.stderr
    done = run(tmp_path / "other", tmp_path / "note.txt")
    assert done.returncode == 1
    assert "nothing to import" in done.stderr


def test_rejected_spans_are_counted(tmp_path: pathlib.Path) -> None:
    """With the place of the first one."""
    span = '{"traceId":"01","spanId":"02"}'
    (tmp_path / "a.json").write_text(f'{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span},{span}]}}]}}]}}')
    done = run(tmp_path / "store", "--json", tmp_path / "a.json")
    assert done.returncode == 1
    assert "2 rejected, the first at $.resourceSpans[0].scopeSpans[0].spans[0]: trace id" in done.stderr
    assert json.loads(done.stdout)["rejected_spans"] == 2


def test_folders_are_walked_and_run_folders_are_one_trace(tmp_path: pathlib.Path) -> None:
    """Hidden files and links are passed over."""
    source = tmp_path / "source"
    (source / "run").mkdir(parents=True)
    (source / "run" / "conversation_round_0.json").write_text(CHAT)
    (source / "run" / "agent_proxy_0.json").write_text(f"[{CHAT}]")
    (source / "plain").mkdir()
    (source / "plain" / "chat.json").write_text(CHAT)
    (source / ".hidden.json").write_text("{")
    (source / "link.json").symlink_to(source / ".hidden.json")
    done = run(tmp_path / "store", "--json", source)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["files"], summary["traces"], summary["spans"]) == (2, 2, 7)
    again = json.loads(run(tmp_path / "store", "--json", source).stdout)
    assert (again["spans"], again["present_spans"]) == (0, 7)


def test_text_from_files_cannot_steer_the_terminal(tmp_path: pathlib.Path) -> None:
    """A file's name with an escape in it is shown as visible characters."""
    name = tmp_path / "a\x1b[31m.json"
    name.write_text("{")
    done = run(tmp_path / "store", name)
    assert done.returncode == 1
    assert "\x1b" not in done.stderr


def test_wrong_usage_is_exit_code_2(tmp_path: pathlib.Path) -> None:
    """No file; an unknown format."""
    assert run(tmp_path / "store").returncode == 2
    done = run(tmp_path / "store", "--format", "xml", "x")
    assert done.returncode == 2
    assert "otlp-json" in done.stderr
