"""`python -m oat`."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

from conftest import Recorded


def oat_main(data_dir: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "oat", *arguments],
        env={**os.environ, "OAT_DATA_DIR": str(data_dir)},
        cwd=data_dir.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_demo_makes_a_trace(tmp_path: pathlib.Path) -> None:
    done = oat_main(tmp_path / "store", "demo")
    assert done.returncode == 0 and "oat show" in done.stdout
    (trace,) = Recorded(tmp_path / "store").traces()
    assert [span.span_type for span in trace.spans] == ["agent", "tool", "llm"]


def test_a_program_runs_as_it_is_with_the_clients_patched(tmp_path: pathlib.Path) -> None:
    (tmp_path / "helper.py").write_text("X = 1\n")
    (tmp_path / "agent.py").write_text(
        "import sys, openai, helper\n"
        "print(__name__, sys.argv[1:], openai._oat_patched, helper.X)\n"
        "sys.exit(3)\n"
    )
    done = oat_main(tmp_path / "store", "run", str(tmp_path / "agent.py"), "--flag", "x")
    assert (done.returncode, done.stdout) == (3, "__main__ ['--flag', 'x'] True 1\n")


def test_a_module_runs_too(tmp_path: pathlib.Path) -> None:
    (tmp_path / "agent.py").write_text("import oat, sys\nwith oat.span('s'): print(__name__, sys.argv[1:])\n")
    done = oat_main(tmp_path / "store", "run", "-m", "agent", "-x")
    assert (done.returncode, done.stdout) == (0, "__main__ ['-x']\n"), done.stderr
    assert [span.name for span in Recorded(tmp_path / "store").spans()] == ["s"]


def test_a_store_that_cannot_be_written_does_not_stop_the_program(tmp_path: pathlib.Path) -> None:
    (tmp_path / "store").write_text("a file")
    (tmp_path / "agent.py").write_text("import oat\nwith oat.span('s'): print('done')\n")
    done = oat_main(tmp_path / "store", "run", "agent.py")
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert "nothing is recorded" in done.stderr
