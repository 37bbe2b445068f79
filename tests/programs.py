"""The programs that were built, and how tests run them."""

from __future__ import annotations

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = pathlib.Path(os.environ.get("OAT_TEST_DATA", ROOT.parent / "shared" / "data"))
BUILD = ROOT / os.environ.get("BUILD", "build/release")
OAT = pathlib.Path(os.environ.get("OAT", BUILD / "oat"))
COMPACT = pathlib.Path(os.environ.get("OAT_COMPACT", BUILD / "oat-compact"))


def start(*command: object) -> subprocess.CompletedProcess[str]:
    """Runs a command without settings of the user's."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OAT_")}
    return subprocess.run(
        [*map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        stdin=subprocess.DEVNULL,
    )


def run(*command: object, code: int = 0) -> str:
    """What a command prints; it must end with that code."""
    done = start(*command)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout
