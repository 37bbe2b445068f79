"""Programs of their own, run by the tests."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys


def run_python(code: str, folder: pathlib.Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs Python code in a folder, with no other settings of ours than those given."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("OAT_")}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
