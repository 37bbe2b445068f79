"""What the package does with PCRE2 and libcurl, and without them."""

from __future__ import annotations

import pathlib
import re
import subprocess

import oat
from conftest import Recorded
from running import run_python

ORDER = {"name": "order", "pattern": r"ORD-\d{6}"}
FILE = "capture:\n  redact: [{name: order, pattern: 'ORD-\\d{6}'}]\n"
RECORD = """
import oat
with oat.span("x") as span:
    span.set_input("of ORD-123456")
    span.metadata["order"] = "ORD-123456"
"""
# As in a package that was built without both.
WITHOUT = "import sys\nsys.modules['oat._extra'] = None\n"


def run(code: str, folder: pathlib.Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return run_python(code, folder, OAT_DATA_DIR=str(folder / "store"), **environment)


def test_patterns_of_the_file_are_redacted(tmp_path: pathlib.Path) -> None:
    (tmp_path / "tracer.yaml").write_text(FILE)
    done = run(RECORD, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    span = Recorded(tmp_path / "store").span("x")
    assert re.fullmatch(r"of \[redacted order 10 [0-9a-f]{16}\]", span.inputs)
    assert "ORD" not in str(span.raw)


def test_patterns_of_arguments_are_redacted(tmp_path: pathlib.Path) -> None:
    tracer = oat.get_tracer(data_dir=tmp_path / "store", redact=["email", ORDER])
    oat.trace(name="f")(lambda text: text)("ORD-123456 of ada@example.com, not ORD-1")
    tracer.shutdown()
    span = Recorded(tmp_path / "store").span("f")
    assert re.fullmatch(r"\[redacted order 10 \w+\] of \[redacted email 15 \w+\], not ORD-1", span.outputs)


def test_a_wrong_pattern_is_told_and_no_text_is_kept(tmp_path: pathlib.Path) -> None:
    (tmp_path / "tracer.yaml").write_text(FILE.replace("{6}", "["))
    done = run(RECORD, tmp_path)
    assert done.returncode == 0 and 'pattern "order"' in done.stderr
    assert Recorded(tmp_path / "store").span("x").inputs.startswith("[redacted unsearched 13 ")


def test_without_pcre2_patterns_are_a_warning_and_no_text_is_kept(tmp_path: pathlib.Path) -> None:
    (tmp_path / "tracer.yaml").write_text(FILE)
    done = run(WITHOUT + RECORD, tmp_path)
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1 and "liboat-extra" in done.stderr
    span = Recorded(tmp_path / "store").span("x")
    assert span.inputs.startswith("[redacted unsearched 13 ") and "ORD" not in str(span.raw)


def test_without_libcurl_and_a_daemon_a_program_ends_as_ever(tmp_path: pathlib.Path) -> None:
    done = run(WITHOUT + RECORD, tmp_path, OAT_EXPORT_URL="http://127.0.0.1:9")
    assert (done.returncode, done.stderr) == (0, "")
    assert Recorded(tmp_path / "store").span("x").inputs == "of ORD-123456"
